namespace GrainKeeper.Core.Quorum;

/// <summary>
/// The identity and total order of a transaction: epoch in the high 32 bits, counter in the low 32 bits
/// (ZAB, DSN 2011, section III). Counters run from 1; counter 0 names the start of an epoch.
/// </summary>
/// <param name="Value">The 64 bits as ZooKeeper sends them.</param>
public readonly record struct Zxid(long Value) : IComparable<Zxid>
{
    /// <summary>The counter after which a leader must start a new epoch.</summary>
    public const uint LastCounter = uint.MaxValue;

    /// <summary>No transaction at all.</summary>
    public static Zxid Zero => default;

    /// <summary>The epoch of the leader that proposed it.</summary>
    public Epoch Epoch => new((int)(Value >> 32));

    /// <summary>The position within the epoch.</summary>
    public uint Counter => (uint)Value;

    /// <summary>Puts the halves together.</summary>
    public static Zxid Of(Epoch epoch, uint counter) => new(((long)epoch.Value << 32) | counter);

    /// <summary>The next zxid of the same epoch.</summary>
    /// <exception cref="InvariantViolationException">The counter is used up: a new epoch is due.</exception>
    public Zxid Next()
    {
        Invariant.That(Counter != LastCounter, $"zxid {this} has no successor in its epoch");
        return new Zxid(Value + 1);
    }

    /// <summary>Whether <paramref name="next"/> may directly follow this zxid in a log: the next counter, or the first of a later epoch.</summary>
    public bool IsDirectlyBefore(Zxid next) =>
        next.Epoch == Epoch ? next.Value == Value + 1 : next.Epoch > Epoch && next.Counter == 1;

    /// <inheritdoc/>
    public int CompareTo(Zxid other) => Value.CompareTo(other.Value);

    /// <summary>Order by epoch, then counter.</summary>
    public static bool operator <(Zxid left, Zxid right) => left.Value < right.Value;

    /// <summary>Order by epoch, then counter.</summary>
    public static bool operator >(Zxid left, Zxid right) => left.Value > right.Value;

    /// <summary>Order by epoch, then counter.</summary>
    public static bool operator <=(Zxid left, Zxid right) => left.Value <= right.Value;

    /// <summary>Order by epoch, then counter.</summary>
    public static bool operator >=(Zxid left, Zxid right) => left.Value >= right.Value;

    /// <summary>ZooKeeper's notation, for example <c>0x200000001</c>.</summary>
    public override string ToString() => $"0x{Value:x}";
}

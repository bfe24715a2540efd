namespace GrainKeeper.Core.Quorum;

/// <summary>The number of a leadership period: the high half of a <see cref="Zxid"/>. Range 0 (none yet) to 2^31 − 1.</summary>
/// <param name="Value">The number.</param>
public readonly record struct Epoch(int Value) : IComparable<Epoch>
{
    /// <summary>Before the first leader.</summary>
    public static Epoch None => default;

    /// <summary>The epoch after this one.</summary>
    /// <exception cref="InvariantViolationException">The range is used up.</exception>
    public Epoch Next()
    {
        Invariant.That(Value < int.MaxValue, $"epoch {Value} has no successor");
        return new Epoch(Value + 1);
    }

    /// <inheritdoc/>
    public int CompareTo(Epoch other) => Value.CompareTo(other.Value);

    /// <summary>Order by number.</summary>
    public static bool operator <(Epoch left, Epoch right) => left.Value < right.Value;

    /// <summary>Order by number.</summary>
    public static bool operator >(Epoch left, Epoch right) => left.Value > right.Value;

    /// <summary>Order by number.</summary>
    public static bool operator <=(Epoch left, Epoch right) => left.Value <= right.Value;

    /// <summary>Order by number.</summary>
    public static bool operator >=(Epoch left, Epoch right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

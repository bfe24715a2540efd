namespace GrainKeeper.Core.Quorum;

/// <summary>The number of a server of the ensemble, 1 to 255, as in <c>server.N</c> of a zoo.cfg.</summary>
/// <param name="Value">The number.</param>
public readonly record struct ServerId(int Value) : IComparable<ServerId>
{
    /// <summary>The largest allowed id (session ids keep it in one byte).</summary>
    public const int Max = 255;

    /// <inheritdoc/>
    public int CompareTo(ServerId other) => Value.CompareTo(other.Value);

    /// <summary>Order by number.</summary>
    public static bool operator <(ServerId left, ServerId right) => left.Value < right.Value;

    /// <summary>Order by number.</summary>
    public static bool operator >(ServerId left, ServerId right) => left.Value > right.Value;

    /// <summary>Order by number.</summary>
    public static bool operator <=(ServerId left, ServerId right) => left.Value <= right.Value;

    /// <summary>Order by number.</summary>
    public static bool operator >=(ServerId left, ServerId right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

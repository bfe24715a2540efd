namespace GrainKeeper.Core.Replica;

/// <summary>A client's connection to one server, numbered by the host; never used twice within a process.</summary>
/// <param name="Value">The number.</param>
public readonly record struct ConnectionId(long Value) : IComparable<ConnectionId>
{
    /// <inheritdoc/>
    public int CompareTo(ConnectionId other) => Value.CompareTo(other.Value);

    /// <summary>Order by number.</summary>
    public static bool operator <(ConnectionId left, ConnectionId right) => left.Value < right.Value;

    /// <summary>Order by number.</summary>
    public static bool operator >(ConnectionId left, ConnectionId right) => left.Value > right.Value;

    /// <summary>Order by number.</summary>
    public static bool operator <=(ConnectionId left, ConnectionId right) => left.Value <= right.Value;

    /// <summary>Order by number.</summary>
    public static bool operator >=(ConnectionId left, ConnectionId right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

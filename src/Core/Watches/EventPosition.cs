using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Watches;

/// <summary>
/// The place of a watch event among all that ever happened to a tree. Every server numbers the events of a transaction alike, whether anybody watches or not: what a client has seen of them can
/// be named to any server.
/// </summary>
/// <param name="Zxid">The transaction.</param>
/// <param name="Ordinal">The event's number within it, from 1: one for a node that is created, changed or deleted, and after a creation or deletion one for its parent's children.</param>
public readonly record struct EventPosition(Zxid Zxid, int Ordinal) : IComparable<EventPosition>
{
    /// <summary>Behind all events of a transaction.</summary>
    public const int End = int.MaxValue;

    /// <summary>Behind all events of a transaction, and of all before it.</summary>
    public static EventPosition After(Zxid zxid) => new(zxid, End);

    /// <summary>The last transaction all of whose events lie before this position.</summary>
    public Zxid Behind => Ordinal == End ? Zxid : new Zxid(Zxid.Value - 1);

    /// <inheritdoc/>
    public int CompareTo(EventPosition other) => Zxid == other.Zxid ? Ordinal.CompareTo(other.Ordinal) : Zxid.CompareTo(other.Zxid);

    /// <summary>Order by transaction, then number.</summary>
    public static bool operator <(EventPosition left, EventPosition right) => left.CompareTo(right) < 0;

    /// <summary>Order by transaction, then number.</summary>
    public static bool operator >(EventPosition left, EventPosition right) => left.CompareTo(right) > 0;

    /// <summary>Order by transaction, then number.</summary>
    public static bool operator <=(EventPosition left, EventPosition right) => left.CompareTo(right) <= 0;

    /// <summary>Order by transaction, then number.</summary>
    public static bool operator >=(EventPosition left, EventPosition right) => left.CompareTo(right) >= 0;

    /// <summary>For messages.</summary>
    public override string ToString() => Ordinal == End ? $"{Zxid}" : $"{Zxid}/{Ordinal}";
}

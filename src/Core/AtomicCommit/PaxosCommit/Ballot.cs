using System.Globalization;

namespace GrainKeeper.Core.AtomicCommit.PaxosCommit;

/// <summary>
/// The number of an attempt to choose. Round 0 is the participants' own; later ones belong to a leader. A leader never uses one twice, even after
/// it has lost its memory, for a number that it never had before is a part of it.
/// </summary>
/// <param name="Round">From 0.</param>
/// <param name="Leader">Which leader.</param>
/// <param name="Incarnation">The number of that leader's machine.</param>
public readonly record struct Ballot(int Round, int Leader, long Incarnation) : IComparable<Ballot>
{
    /// <summary>The participants' own.</summary>
    public static Ballot Zero => default;

    /// <summary>Whether all parts are in their ranges.</summary>
    public bool IsValid => this == Zero || (Round > 0 && Leader is >= 0 and <= TransactionTerms.MaxAcceptors && Incarnation > 0);

    /// <inheritdoc/>
    public int CompareTo(Ballot other)
    {
        var order = Round.CompareTo(other.Round);
        order = order != 0 ? order : Leader.CompareTo(other.Leader);
        return order != 0 ? order : Incarnation.CompareTo(other.Incarnation);
    }

    /// <summary>Order by round, leader and life.</summary>
    public static bool operator <(Ballot left, Ballot right) => left.CompareTo(right) < 0;

    /// <summary>Order by round, leader and life.</summary>
    public static bool operator >(Ballot left, Ballot right) => left.CompareTo(right) > 0;

    /// <summary>Order by round, leader and life.</summary>
    public static bool operator <=(Ballot left, Ballot right) => left.CompareTo(right) <= 0;

    /// <summary>Order by round, leader and life.</summary>
    public static bool operator >=(Ballot left, Ballot right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public override string ToString() =>
        this == Zero ? "0" : string.Create(CultureInfo.InvariantCulture, $"{Round}.{Leader}.{Incarnation}");
}

namespace GrainKeeper.Core.AtomicCommit;

/// <summary>Name of a participant, for example <c>tree.root</c>, <c>postgres.accounts</c>.</summary>
/// <param name="Name">1 to <see cref="MaxLength"/> characters of <c>a-z A-Z 0-9 . _ -</c>.</param>
public readonly record struct ParticipantId(string Name) : IComparable<ParticipantId>
{
    /// <summary>The longest name.</summary>
    public const int MaxLength = 100;

    /// <summary>Whether the name is allowed.</summary>
    public bool IsValid => CommitNames.IsValid(Name, MaxLength);

    /// <inheritdoc/>
    public int CompareTo(ParticipantId other) => string.CompareOrdinal(Name, other.Name);

    /// <summary>Order by name.</summary>
    public static bool operator <(ParticipantId left, ParticipantId right) => left.CompareTo(right) < 0;

    /// <summary>Order by name.</summary>
    public static bool operator >(ParticipantId left, ParticipantId right) => left.CompareTo(right) > 0;

    /// <summary>Order by name.</summary>
    public static bool operator <=(ParticipantId left, ParticipantId right) => left.CompareTo(right) <= 0;

    /// <summary>Order by name.</summary>
    public static bool operator >=(ParticipantId left, ParticipantId right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public override string ToString() => Name;
}

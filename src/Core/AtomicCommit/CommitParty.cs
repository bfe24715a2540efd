using System.Globalization;

namespace GrainKeeper.Core.AtomicCommit;

/// <summary>Who sends and receives in a transaction.</summary>
/// <param name="Kind">The part.</param>
/// <param name="Participant">Which participant; default otherwise.</param>
/// <param name="Number">Which acceptor or leader, from 1; otherwise 0.</param>
public readonly record struct CommitParty(PartyKind Kind, ParticipantId Participant, int Number)
{
    /// <summary>The coordinator.</summary>
    public static CommitParty Coordinator => new(PartyKind.Coordinator, default, 0);

    /// <summary>A participant.</summary>
    public static CommitParty Of(ParticipantId participant) => new(PartyKind.Participant, participant, 0);

    /// <summary>An acceptor, from 1.</summary>
    public static CommitParty Acceptor(int number) => new(PartyKind.Acceptor, default, number);

    /// <summary>A leader: 0 is the coordinator, n the one beside acceptor n.</summary>
    public static CommitParty Leader(int number) => number == 0 ? Coordinator : new(PartyKind.Leader, default, number);

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        PartyKind.Coordinator => "coordinator",
        PartyKind.Participant => Participant.ToString(),
        PartyKind.Acceptor => string.Create(CultureInfo.InvariantCulture, $"acceptor {Number}"),
        PartyKind.Leader => string.Create(CultureInfo.InvariantCulture, $"leader {Number}"),
        _ => "nobody",
    };
}

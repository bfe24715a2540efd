using GrainKeeper.Core;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.AtomicCommit.PaxosCommit;
using GrainKeeper.Core.AtomicCommit.ThreePhase;
using GrainKeeper.Core.AtomicCommit.TwoPhase;

namespace GrainKeeper.Grains.Transactions;

/// <summary>Makes machines, and tells what they say of themselves.</summary>
internal static class CommitMachines
{
    /// <summary>Makes a machine from its records.</summary>
    /// <param name="key">The party.</param>
    /// <param name="protocol">The protocol.</param>
    /// <param name="options">Limits.</param>
    /// <param name="records">What the log holds.</param>
    /// <param name="mayBegin">Whether this life has allotted the id and has not begun it.</param>
    /// <param name="number">For leaders: greater than that of every machine before.</param>
    /// <param name="mark">For participants: <see cref="ParticipantMachine.Mark"/>.</param>
    public static CommitMachine Make(
        PartyKey key, CommitProtocol protocol, CommitOptions options, IReadOnlyList<CommitRecord> records, bool mayBegin, Func<long> number, ReadOnlyMemory<byte> mark) => (key.Party.Kind, protocol) switch
        {
            (PartyKind.Coordinator, CommitProtocol.TwoPhase) => new TwoPhaseCoordinator(key.Id, options, records, mayBegin),
            (PartyKind.Coordinator, CommitProtocol.ThreePhase) => new ThreePhaseCoordinator(key.Id, options, records, mayBegin),
            (PartyKind.Coordinator, CommitProtocol.PaxosCommit) => new PaxosLeader(key.Id, 0, number(), options, mayBegin),
            (PartyKind.Leader, CommitProtocol.PaxosCommit) => new PaxosLeader(key.Id, key.Party.Number, number(), options, mayBegin: false),
            (PartyKind.Acceptor, CommitProtocol.PaxosCommit) => new PaxosAcceptor(key.Id, key.Party.Number, options, records),
            (PartyKind.Participant, CommitProtocol.TwoPhase) => new TwoPhaseParticipant(key.Id, key.Party.Participant, options, records) { Mark = mark },
            (PartyKind.Participant, CommitProtocol.ThreePhase) => new ThreePhaseParticipant(key.Id, key.Party.Participant, options, records) { Mark = mark },
            (PartyKind.Participant, CommitProtocol.PaxosCommit) => new PaxosParticipant(key.Id, key.Party.Participant, options, records) { Mark = mark },
            _ => throw new InvariantViolationException($"{key} cannot take part in {protocol}"),
        };

    /// <summary>The protocol that records tell of; 0 when they name none.</summary>
    public static CommitProtocol ProtocolOf(PartyKey key, IReadOnlyList<CommitRecord> records)
    {
        if (key.Party.Kind is PartyKind.Acceptor or PartyKind.Leader)
        {
            return CommitProtocol.PaxosCommit;
        }

        foreach (var record in records)
        {
            var terms = record switch
            {
                CommitRecord.Announced r => r.Terms,
                CommitRecord.Prepared r => r.Terms,
                CommitRecord.Decided r => r.Terms,
                _ => null,
            };
            if (terms is not null)
            {
                return terms.Protocol;
            }
        }

        // Only 2PC's coordinator writes a decision without terms: when nobody has to be told.
        return key.Party.Kind == PartyKind.Coordinator ? CommitProtocol.TwoPhase : 0;
    }

    /// <summary>Who takes part, as far as a machine knows.</summary>
    public static TransactionTerms? TermsOf(CommitMachine? machine) => machine switch
    {
        CoordinatorMachine c => c.Terms,
        ParticipantMachine p => p.Terms,
        PaxosAcceptor a => a.Terms,
        _ => null,
    };

    /// <summary>How far a machine has come, for people.</summary>
    public static string StateOf(CommitMachine? machine) => machine switch
    {
        CoordinatorMachine c => c.IsEnded ? $"{c.State}, done" : c.State.ToString(),
        ParticipantMachine p => p.State.ToString(),
        PaxosAcceptor a => a.Decision is { } decision ? $"noted {decision}" : $"promised {a.Promised}",
        _ => "being read",
    };

    /// <summary>Who takes part, as a message says.</summary>
    public static TransactionTerms? TermsOf(CommitMessage message) => message switch
    {
        CommitMessage.Prepare m => m.Terms,
        CommitMessage.CanCommit m => m.Terms,
        CommitMessage.Inquiry m => m.Terms,
        CommitMessage.Done m => m.Terms,
        CommitMessage.Phase1A m => m.Terms,
        CommitMessage.Phase2A m => m.Terms,
        CommitMessage.Phase2B m => m.Terms,
        _ => null,
    };
}

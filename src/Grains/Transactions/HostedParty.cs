using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Grains.Transactions;

/// <summary>A party that is hosted: its machine, or the way to it.</summary>
internal sealed class HostedParty
{
    public required PartyKey Key { get; init; }

    /// <summary>The life of the host in which it is hosted.</summary>
    public required long Life { get; init; }

    /// <summary>0 while it is not known: the records that are there name none, and no message has come yet.</summary>
    public CommitProtocol Protocol { get; set; }

    /// <summary>Null while its records are being read, or no message has said which machine it takes.</summary>
    public CommitMachine? Machine { get; set; }

    /// <summary>What the log held when it was read; kept until there is a machine.</summary>
    public IReadOnlyList<CommitRecord> Records { get; set; } = [];

    /// <summary>Whether the log is being read.</summary>
    public bool Reading { get; set; }

    /// <summary>Whether it is being found out if those that it misses still exist.</summary>
    public bool Asking { get; set; }

    /// <summary>Whether a machine was here that did not know what the log holds.</summary>
    public bool StartsAgain { get; set; }

    /// <summary>Whether its machine has no records and has asked nothing of the resource; an earlier leadership may have.</summary>
    public bool Blank { get; set; }

    /// <summary>Messages that wait for the log to be read; a few, for whoever misses an answer asks again.</summary>
    public List<CommitDelivery> Waiting { get; } = [];

    /// <summary>Whether nothing is to be done with it any more.</summary>
    public bool Gone { get; set; }

    /// <summary>Whether the grain that was asked to prepare is believed no more: another activation has claimed its part, and does not know of the lock.</summary>
    public bool ClaimVoid { get; set; }

    /// <summary>What was submitted while the log was being read.</summary>
    public TransactionRequest? Submitted { get; set; }

    /// <summary>When the next tick is due, in the host's queue of them.</summary>
    public long Scheduled { get; set; } = long.MaxValue;

    /// <summary>The last that the caller was told.</summary>
    public Outcome? Outcome { get; set; }

    /// <summary>Callers that wait for an outcome.</summary>
    public List<TaskCompletionSource<Outcome?>> Callers { get; } = [];

    /// <summary>When it began here, in milliseconds since the Unix epoch.</summary>
    public required long Since { get; init; }

    /// <summary>Whether it has nothing more to do, as far as is known, and is only remembered.</summary>
    public bool Finished => Machine switch
    {
        CoordinatorMachine c => c.IsEnded || c.State == CoordinatorState.WithoutMemory,
        ParticipantMachine p => p.State is ParticipantState.Committed or ParticipantState.Aborted or ParticipantState.ReadOnly or ParticipantState.Initial,
        null => Protocol == 0 && !Reading, // An abort before anything was asked: only remembered.
        _ => Machine.Decision is not null,
    };

    /// <summary>Who takes part, as far as it is known here.</summary>
    public TransactionTerms? Terms => CommitMachines.TermsOf(Machine);
}

namespace GrainKeeper.Core.AtomicCommit;

/// <summary>A kind of event in a transaction's timeline.</summary>
public enum TimelineKind
{
    /// <summary>A party was made from its log.</summary>
    Started = 1,

    /// <summary>A caller has submitted the transaction.</summary>
    Submitted = 2,

    /// <summary>A message was sent.</summary>
    Sent = 3,

    /// <summary>A message has arrived.</summary>
    Received = 4,

    /// <summary>A record was given to the log, to be durable before the party goes on.</summary>
    Forced = 5,

    /// <summary>That record is durable.</summary>
    Logged = 6,

    /// <summary>A record was given to the log without waiting.</summary>
    Appended = 7,

    /// <summary>The resource was asked to execute, apply or undo.</summary>
    ResourceAsked = 8,

    /// <summary>The resource has done so.</summary>
    ResourceAnswered = 9,

    /// <summary>The party has decided.</summary>
    Decided = 10,

    /// <summary>A timeout has passed, or something else worth knowing.</summary>
    Noted = 11,

    /// <summary>The transaction is done as far as this party is concerned.</summary>
    Ended = 12,
}

namespace GrainKeeper.Contracts.Transactions;

/// <summary>What a server says of a transaction.</summary>
[GenerateSerializer, Alias("gk.TransactionStatus")]
public enum TransactionStatus
{
    /// <summary>It runs; there is no outcome yet.</summary>
    Running = 0,

    /// <summary>It is committed, or will be at every participant.</summary>
    Committed = 1,

    /// <summary>It is aborted at every participant.</summary>
    Aborted = 2,

    /// <summary>The outcome is not known yet: ask again.</summary>
    InDoubt = 3,

    /// <summary>An id was allotted.</summary>
    Allotted = 4,

    /// <summary>This server does not lead the transaction's home tree: ask the leader.</summary>
    NotLeader = 5,

    /// <summary>Nothing is known of it: it was never begun, or was finished and forgotten, or the coordinator has started again since and only a repeated submission finds out.</summary>
    Unknown = 6,

    /// <summary>The request is not allowed or not valid; nothing was done.</summary>
    Refused = 7,

    /// <summary>Too much is under way; nothing was done: try again later.</summary>
    Overloaded = 8,

    /// <summary>What was asked for was done.</summary>
    Done = 9,
}

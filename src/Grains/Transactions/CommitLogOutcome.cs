namespace GrainKeeper.Grains.Transactions;

/// <summary>What became of a record.</summary>
internal enum CommitLogOutcome
{
    /// <summary>It is durable, and all before it.</summary>
    Durable = 1,

    /// <summary>It was not written and will not be: this log has no room, or is not this server's any more.</summary>
    Refused = 2,

    /// <summary>Nobody knows, unless the log is read again.</summary>
    Unknown = 3,
}

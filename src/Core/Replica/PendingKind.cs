namespace GrainKeeper.Core.Replica;

/// <summary>What a pending answer waits for.</summary>
internal enum PendingKind
{
    /// <summary>The leader: a write, a sync or a closeSession.</summary>
    Leader,

    /// <summary>The log, after the answers before it: watches go on from an earlier transaction. It is the last of its connection's.</summary>
    Log,

    /// <summary>Only the answers before it: the leader has told the outcome of a request that has no transaction of its own.</summary>
    Told,

    /// <summary>Only the answers before it; the read is done then.</summary>
    Read,

    /// <summary>The answers before it, and a confirmation that the leader leads; the read is done then.</summary>
    LinearizableRead,

    /// <summary>Only the answers before it.</summary>
    Ready,

    /// <summary>Only the answers before it; the connection closes after it.</summary>
    ReadyThenClose,
}

namespace GrainKeeper.Core.Replica;

/// <summary>What a pending answer waits for.</summary>
internal enum PendingKind
{
    /// <summary>The leader: a write, a sync or a closeSession.</summary>
    Leader,

    /// <summary>Only the answers before it; the read is done then.</summary>
    Read,

    /// <summary>Only the answers before it.</summary>
    Ready,

    /// <summary>Only the answers before it; the connection closes after it.</summary>
    ReadyThenClose,
}

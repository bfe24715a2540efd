using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica.Commits;

namespace GrainKeeper.Core.Replica;

/// <summary>What a replica asks of its host besides the effects of its ZAB core (<see cref="Core.Zab.ZabEffect"/>), which come in the same list.</summary>
public abstract record ReplicaEffect : Effect
{
    private ReplicaEffect()
    {
    }

    /// <summary>Frames for a client, in order, each with its 4-byte length prefix.</summary>
    /// <param name="Connection">The connection.</param>
    /// <param name="Bytes">The frames.</param>
    public sealed record SendToClient(ConnectionId Connection, ReadOnlyMemory<byte> Bytes) : ReplicaEffect;

    /// <summary>Close a client's connection after what was sent to it before.</summary>
    /// <param name="Connection">The connection.</param>
    /// <param name="Reason">For the log.</param>
    public sealed record CloseConnection(ConnectionId Connection, string Reason) : ReplicaEffect;

    /// <summary>
    /// The next part of a snapshot. Write it, then answer <see cref="ReplicaInput.ContinueSnapshot"/>; after the last one once the snapshot is durable, or given up: no other begins before.
    /// </summary>
    /// <param name="Zxid">The zxid from whose successor on the log must be replayed.</param>
    /// <param name="Data">The bytes; they change once it is answered.</param>
    /// <param name="Last">Whether the snapshot is complete with it: make it durable, then purge what is no longer needed.</param>
    public sealed record SnapshotChunk(Zxid Zxid, ReadOnlyMemory<byte> Data, bool Last) : ReplicaEffect;

    /// <summary>
    /// The trees of the ensemble besides the root tree: all children of <c>/zookeeper/trees</c>, as they are now. Only the root tree's replica says so: with the effects of its
    /// first step, after every applied transaction that creates or deletes such a child, and after a restored snapshot.
    /// </summary>
    /// <param name="Trees">All of them, by name.</param>
    public sealed record TreesListed(IReadOnlyList<ListedTree> Trees) : ReplicaEffect;

    /// <summary>
    /// Another reconfiguration is known to be committed: the election, the links and the addresses follow it, and it must be found at the next start. Only the root tree's replica
    /// says so; with its first step when the disk knew of a newer one than the host.
    /// </summary>
    /// <param name="Membership">What is in force.</param>
    public sealed record Reconfigured(Membership Membership) : ReplicaEffect;

    /// <summary>A change for the audit log; only with <see cref="ReplicaOptions.Audit"/>.</summary>
    /// <param name="Entry">The change.</param>
    public sealed record Audited(AuditEntry Entry) : ReplicaEffect;

    /// <summary>A subtree holds more than a soft limit of its quota allows. Only the leader says so: after the change, and at most once a minute for each limit.</summary>
    /// <param name="Path">The subtree's top.</param>
    /// <param name="IsBytes">Whether bytes of data are meant; else nodes.</param>
    /// <param name="Used">What it holds.</param>
    /// <param name="Limit">The limit.</param>
    public sealed record SoftQuotaExceeded(string Path, bool IsBytes, long Used, long Limit) : ReplicaEffect;

    /// <summary>For the host of atomic commit, if there is one.</summary>
    /// <param name="News">What.</param>
    public sealed record Commit(CommitNews News) : ReplicaEffect;

    /// <summary>Read no more from a client's connection for now, or read on. Frames that arrive nevertheless are taken up to a limit, then the connection is closed.</summary>
    /// <param name="Connection">The connection.</param>
    /// <param name="Paused">Whether to hold back.</param>
    public sealed record PauseReading(ConnectionId Connection, bool Paused) : ReplicaEffect;
}

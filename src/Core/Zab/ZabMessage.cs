using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <summary>
/// What a leader and its learners send each other. Learner to leader: <see cref="FollowerInfo"/>, <see cref="AckEpoch"/>,
/// <see cref="AckNewLeader"/>, <see cref="Ack"/>, <see cref="Pong"/>, <see cref="Confirmed"/>, <see cref="SnapshotChunkReceived"/>. Leader to learner: the others.
/// Both ways: <see cref="Application"/>, <see cref="Leaving"/>.
/// </summary>
public abstract record ZabMessage
{
    private ZabMessage()
    {
    }

    /// <summary>Phase 1: a learner joins. The first message of a channel (ZooKeeper's FOLLOWERINFO and OBSERVERINFO).</summary>
    /// <param name="AcceptedEpoch">The learner's accepted epoch.</param>
    /// <param name="Observer">Whether it has no vote.</param>
    /// <param name="ConfigurationVersion">The configuration it knows.</param>
    public sealed record FollowerInfo(Epoch AcceptedEpoch, bool Observer, Zxid ConfigurationVersion) : ZabMessage;

    /// <summary>Phase 1: the epoch that the leader proposes (LEADERINFO).</summary>
    /// <param name="NewEpoch">The epoch; greater than every accepted epoch of a quorum.</param>
    public sealed record LeaderInfo(Epoch NewEpoch) : ZabMessage;

    /// <summary>Phase 1: the learner has promised the epoch, durably, and tells its history (ACKEPOCH).</summary>
    /// <param name="CurrentEpoch">Its current epoch.</param>
    /// <param name="LastZxid">The last zxid in its log, durable.</param>
    /// <param name="OldestZxid">The lowest zxid that it can cut its log back to: below it, only a snapshot helps.</param>
    /// <param name="NewlyAccepted">False when it had accepted the same epoch before: the answer then does not count for the quorum.</param>
    /// <param name="Promised">
    /// The promised epoch: a late answer to an earlier start of the leader must not count for another epoch. <see cref="Epoch.None"/>, which no leader takes, where it is not told.
    /// </param>
    public sealed record AckEpoch(Epoch CurrentEpoch, Zxid LastZxid, Zxid OldestZxid, bool NewlyAccepted, Epoch Promised = default) : ZabMessage;

    /// <summary>Phase 2: the learner's log is a prefix of the leader's; what is missing follows as proposals (DIFF).</summary>
    /// <param name="UpTo">The last zxid of the leader's log when synchronization began.</param>
    public sealed record SyncDiff(Zxid UpTo) : ZabMessage;

    /// <summary>Phase 2: cut the log after the zxid, durably; then as <see cref="SyncDiff"/> (TRUNC).</summary>
    /// <param name="KeepUpTo">The last zxid to keep.</param>
    /// <param name="UpTo">The last zxid of the leader's log when synchronization began.</param>
    public sealed record SyncTruncate(Zxid KeepUpTo, Zxid UpTo) : ZabMessage;

    /// <summary>Phase 2: a whole state follows in chunks, then what came after it as proposals (SNAP).</summary>
    /// <param name="Zxid">The committed zxid at which the fuzzy state began; proposals from there on follow it.</param>
    /// <param name="UpTo">The last zxid of the leader's log when synchronization began.</param>
    public sealed record SyncSnapshot(Zxid Zxid, Zxid UpTo) : ZabMessage;

    /// <summary>Phase 2: a part of the state.</summary>
    /// <param name="Index">Its number, from 0.</param>
    /// <param name="Last">Whether the state ends with it.</param>
    /// <param name="Data">The bytes, which only the application reads.</param>
    public sealed record SnapshotChunk(int Index, bool Last, ReadOnlyMemory<byte> Data) : ZabMessage;

    /// <summary>Phase 2: the learner has taken a chunk; more may follow.</summary>
    /// <param name="Index">The chunk's number.</param>
    public sealed record SnapshotChunkReceived(int Index) : ZabMessage;

    /// <summary>Phase 2: make the history durable, then the epoch, then acknowledge (NEWLEADER).</summary>
    /// <param name="Epoch">The new epoch.</param>
    /// <param name="LastZxid">The last zxid of the history sent before this message.</param>
    public sealed record NewLeader(Epoch Epoch, Zxid LastZxid) : ZabMessage;

    /// <summary>Phase 2: history and epoch are durable.</summary>
    /// <param name="LastZxid">The last durable zxid.</param>
    public sealed record AckNewLeader(Zxid LastZxid) : ZabMessage;

    /// <summary>Phase 3: the epoch is established; apply what is committed and serve (UPTODATE).</summary>
    /// <param name="Committed">The last committed zxid.</param>
    public sealed record UpToDate(Zxid Committed) : ZabMessage;

    /// <summary>Transactions in order, also during synchronization (PROPOSAL). Observers get only committed ones (INFORM).</summary>
    /// <param name="Txns">At least one.</param>
    /// <param name="Committed">How far is committed, at most up to the last of these.</param>
    public sealed record Proposals(IReadOnlyList<Txn> Txns, Zxid Committed) : ZabMessage;

    /// <summary>All transactions up to the zxid are durable at the sender (ACK).</summary>
    /// <param name="UpTo">The zxid.</param>
    public sealed record Ack(Zxid UpTo) : ZabMessage;

    /// <summary>All transactions up to the zxid are committed (COMMIT).</summary>
    /// <param name="UpTo">The zxid.</param>
    public sealed record Commit(Zxid UpTo) : ZabMessage;

    /// <summary>The leader lives (PING).</summary>
    /// <param name="Committed">Its last committed zxid.</param>
    public sealed record Ping(Zxid Committed) : ZabMessage;

    /// <summary>The learner lives.</summary>
    public sealed record Pong : ZabMessage;

    /// <summary>Phase 3: does the receiver still follow this leader? Asked of those that have acknowledged the epoch.</summary>
    /// <param name="Round">The round of questions, from 1 in each leadership.</param>
    public sealed record Confirm(long Round) : ZabMessage;

    /// <summary>At the moment of this answer the sender followed the leader, so it had promised no later epoch.</summary>
    /// <param name="Round">The round that it answers.</param>
    public sealed record Confirmed(long Round) : ZabMessage;

    /// <summary>The application's own message, in order with all others of the channel.</summary>
    /// <param name="Payload">Its bytes.</param>
    public sealed record Application(ReadOnlyMemory<byte> Payload) : ZabMessage;

    /// <summary>The sender closes the channel on purpose: the other side need not wait for a timeout.</summary>
    /// <param name="Reason">For the log; at most 200 characters.</param>
    public sealed record Leaving(string Reason) : ZabMessage;
}

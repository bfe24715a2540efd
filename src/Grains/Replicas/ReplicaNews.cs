using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Replica.Commits;
using GrainKeeper.Core.Zab;
using GrainKeeper.Grains.Connections;

namespace GrainKeeper.Grains.Replicas;

/// <summary>What a replica's host hears besides peers' batches and inputs that go to the core as they are. A generation is one loading of the replica from disk: news of an earlier one is void.</summary>
internal abstract record ReplicaNews
{
    /// <summary>A client has connected.</summary>
    public sealed record Opened(ReplicaConnection Connection) : ReplicaNews;

    /// <summary>A client's connection is gone.</summary>
    public sealed record Gone(ReplicaConnection Connection) : ReplicaNews;

    /// <summary>The election has an answer.</summary>
    public sealed record Elected(ServerId Leader, long Ticket) : ReplicaNews;

    /// <summary>The link to a peer broke.</summary>
    public sealed record LinkLost(ServerId Peer, int Generation) : ReplicaNews;

    /// <summary>The disk has answered a read.</summary>
    public sealed record LogRead(long RequestId, IReadOnlyList<Txn>? Txns, int Generation) : ReplicaNews;

    /// <summary>A part of the snapshot is written.</summary>
    public sealed record SnapshotWritten(int Generation) : ReplicaNews;

    /// <summary>Storage, or what runs beside the pump, has failed.</summary>
    public sealed record Failed(Exception Error, int Generation) : ReplicaNews;

    /// <summary>A host of atomic commit asks.</summary>
    public sealed record CommitAsked(CommitRequest Request, int Generation) : ReplicaNews;

    /// <summary>A host of atomic commit wants to hear of leaderships.</summary>
    public sealed record CommitHostAdded(ICommitHost Host) : ReplicaNews;

    /// <summary>An administrator wants to know.</summary>
    public sealed record Asked(ReplicaReportParts Parts, int Limit, TaskCompletionSource<ReplicaView?> Answer) : ReplicaNews;

    /// <summary>Transactions have begun, or are finished, in another of the ensemble's trees.</summary>
    public sealed record UseChanged : ReplicaNews;

    /// <summary>The server shuts down.</summary>
    public sealed record ShutDown(TaskCompletionSource Done) : ReplicaNews;
}

using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Peers;
using GrainKeeper.Contracts.Servers;
using GrainKeeper.Contracts.Trees;
using GrainKeeper.Core;
using GrainKeeper.Core.Zab;
using GrainKeeper.Grains.Connections;
using GrainKeeper.Grains.Hosting;
using GrainKeeper.Grains.Placement;
using GrainKeeper.Grains.Replicas;
using Orleans.Concurrency;
using Orleans.GrainDirectory;

namespace GrainKeeper.Grains.Trees;

/// <summary>The door to this server's replica of a tree, whose pump runs on this activation's scheduler.</summary>
[PinnedToServer]
[GrainDirectory(NullGrainDirectory.Name)]
[KeepAlive]
[Reentrant]
internal sealed class ZNodeTreeGrain(LocalServer local, TreeServers trees, GrainKeeperServerOptions options) : Grain, IZNodeTreeGrain
{
    private readonly VirtualConnections _connections = new(options.Replica.MaxFrame, options.MaxQueuedOutputBytes);
    private ServerGrainKey _key;

    private ReplicaHost? Replica => trees.Find(_key.Tree)?.StartReplica();

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _key = local.Claim(this.GetPrimaryKeyString());
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _connections.CloseAll();
        if (trees.Find(_key.Tree) is { } tree)
        {
            await tree.ResetAsync();
        }
    }

    /// <inheritdoc/>
    public Task<PeerBatchAck> DeliverPeerBatch(PeerBatch batch) => Task.FromResult(
        Replica?.Deliver(batch) ?? new PeerBatchAck(PeerBatchOutcome.NotReady, 0, "the tree does not run on this server (yet)"));

    /// <inheritdoc/>
    public Task PostPeerBatch(PeerBatch batch)
    {
        Replica?.Post(batch);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task AcknowledgePeerBatches(PeerBatchReceipt receipt)
    {
        Replica?.Acknowledge(receipt);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<long> OpenConnection(ConnectionOptions connectionOptions) =>
        Task.FromResult(Replica is { } replica ? _connections.Open(replica, connectionOptions.KeptResults) : -1L);

    /// <inheritdoc/>
    public Task<SendOutcome> Send(long connection, FrameBatch batch) => _connections.SendAsync(connection, batch);

    /// <inheritdoc/>
    public Task<ReceivedBatch> Receive(long connection, long after, int waitMilliseconds, CancellationToken cancellationToken = default) =>
        _connections.ReceiveAsync(connection, after, waitMilliseconds, cancellationToken);

    /// <inheritdoc/>
    public Task CloseConnection(long connection)
    {
        _connections.Close(connection);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<ServerStatus> GetStatus()
    {
        var replica = Replica;
        var status = new ServerStatus { Tree = _key.Tree, Server = _key.Server.Value, Trees = trees.Names };
        if (replica?.Status is not { } core)
        {
            return Task.FromResult(status);
        }

        return Task.FromResult(status with
        {
            Role = core.Role switch
            {
                ZabRole.Looking => ServerRole.Looking,
                ZabRole.Following => ServerRole.Following,
                ZabRole.Leading => ServerRole.Leading,
                ZabRole.Observing => ServerRole.Observing,
                _ => throw new InvariantViolationException($"unknown role {core.Role}"),
            },
            Phase = core.Phase switch
            {
                ZabPhase.Election => ServerPhase.Election,
                ZabPhase.Discovery => ServerPhase.Discovery,
                ZabPhase.Synchronization => ServerPhase.Synchronization,
                ZabPhase.Broadcast => ServerPhase.Broadcast,
                _ => throw new InvariantViolationException($"unknown phase {core.Phase}"),
            },
            Leader = core.Leader?.Value,
            AcceptedEpoch = core.AcceptedEpoch.Value,
            CurrentEpoch = core.CurrentEpoch.Value,
            LastZxid = core.LastLogged.Value,
            LastCommitted = core.LastCommitted.Value,
            Nodes = core.Nodes,
            Watches = core.Watches,
            Sessions = core.Sessions,
            Connections = core.Connections,
            Outstanding = core.Outstanding,
            Incarnation = replica.Incarnation,
            Round = trees.Find(_key.Tree)?.Election?.Round ?? 0,
            SyncedByDiff = replica.Counters.Diffs,
            SyncedByTruncation = replica.Counters.Truncations,
            SyncedBySnapshot = replica.Counters.Snapshots,
            Reloads = replica.Counters.Reloads,
        });
    }
}

using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Elections;
using GrainKeeper.Contracts.Peers;
using GrainKeeper.Contracts.Servers;
using GrainKeeper.Grains.Hosting;
using GrainKeeper.Grains.Placement;
using GrainKeeper.Grains.Trees;
using Orleans.Concurrency;
using Orleans.GrainDirectory;

namespace GrainKeeper.Grains.Elections;

/// <summary>The door to this server's part in a tree's elections, whose pump runs on this activation's scheduler.</summary>
[PinnedToServer]
[GrainDirectory(NullGrainDirectory.Name)]
[KeepAlive]
[Reentrant]
internal sealed class FastLeaderElectionGrain(LocalServer local, TreeServers trees, GrainKeeperServerOptions options) : Grain, IFastLeaderElectionGrain
{
    private ServerGrainKey _key;

    private ElectionHost? Election => trees.Find(_key.Tree)?.StartElection();

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _key = local.Claim(this.GetPrimaryKeyString());
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (trees.Find(_key.Tree) is { } tree)
        {
            await tree.ResetAsync();
        }
    }

    /// <inheritdoc/>
    public Task<PeerBatchAck> DeliverPeerBatch(PeerBatch batch) => Task.FromResult(
        Election?.Deliver(batch) ?? new PeerBatchAck(PeerBatchOutcome.NotReady, 0, "the tree does not run on this server (yet)"));

    /// <inheritdoc/>
    public Task<ElectionStatus> GetStatus() => Task.FromResult(
        Election?.Status ?? new ElectionStatus(_key.Tree, _key.Server.Value, options.ElectionAlgorithm, ServerRole.Stopped, 0, 0, 0, 0, 0));
}

using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Peers;
using GrainKeeper.Contracts.Servers;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Grains.Placement;
using Orleans.Concurrency;
using Orleans.GrainDirectory;

namespace GrainKeeper.Grains.Transactions;

/// <summary>The door to this server's acceptor and the Paxos Commit leaders beside it.</summary>
[PinnedToServer]
[GrainDirectory(NullGrainDirectory.Name)]
[KeepAlive]
[Reentrant]
internal sealed class AcceptorGrain(LocalServer local, TransactionServers servers) : Grain, IAcceptorGrain
{
    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var key = local.Claim(this.GetPrimaryKeyString());
        return key.Tree == TreeName.Root
            ? Task.CompletedTask
            : throw new ServerUnavailableException($"acceptor '{key}': a server has one acceptor, '{ServerGrainKey.Format(TreeName.Root, key.Server)}'");
    }

    /// <inheritdoc/>
    public Task<PeerBatchOutcome> DeliverCommitBatch(CommitBatch batch) => Task.FromResult(servers.Deliver(servers.Acceptor, batch));
}

using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Servers;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Replica;
using GrainKeeper.Grains.Placement;
using GrainKeeper.Grains.Trees;
using Orleans.Concurrency;
using Orleans.GrainDirectory;

namespace GrainKeeper.Grains.Transactions;

/// <summary>The window on all transactions of this server.</summary>
[PinnedToServer]
[GrainDirectory(NullGrainDirectory.Name)]
[KeepAlive]
[Reentrant]
internal sealed class TransactionMonitorGrain(LocalServer local, TransactionServers servers, TreeServers trees, SubmissionReader reader, TicketSigner tickets)
    : Grain, ITransactionMonitorGrain
{
    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var key = local.Claim(this.GetPrimaryKeyString());
        return key.Tree == TreeName.Root
            ? Task.CompletedTask
            : throw new ServerUnavailableException($"monitor '{key}': a server has one, '{ServerGrainKey.Format(TreeName.Root, key.Server)}'");
    }

    /// <inheritdoc/>
    public async Task<TransactionSummary[]> ListTransactions(int limit)
    {
        var lists = await Task.WhenAll(servers.Hosts.Select(h => h.ListAsync(limit)));
        return [.. lists.SelectMany(l => l).OrderBy(s => s.Finished).ThenBy(s => s.Since).Take(Math.Clamp(limit, 1, 10_000))];
    }

    /// <inheritdoc/>
    public async Task<TransactionLine[]> ShowTransaction(TransactionQuery query)
    {
        if (!TransactionId.TryParse(query?.Transaction, out var id))
        {
            return [];
        }

        var lines = (await Task.WhenAll(servers.Hosts.Select(h => h.ShowAsync(id)))).SelectMany(l => l);
        return tickets.IsSealed(query.Transaction, query.Until, query.Seal) || reader.IsSuper(query.Proofs)
            ? [.. lines]
            : [.. lines.Select(l => l with { What = Timelines.WithoutReasons(l.What) })];
    }

    /// <inheritdoc/>
    public Task<DatabaseSummary[]> ListDatabases() => Task.FromResult(servers.Kinds.Databases.Describe(local.Id.Value));

    /// <inheritdoc/>
    public Task<string[]?> ListTrees() => servers.Existence.ListAsync();

    /// <inheritdoc/>
    public async Task<InDoubtSummary[]> ListInDoubt(int limit, TransactionProof[] proofs)
    {
        var withPaths = reader.IsSuper(proofs);
        var all = new List<InDoubtSummary>();
        foreach (var tree in trees.Names)
        {
            var view = await trees.InspectAsync(tree, ReplicaReportParts.InDoubt, Math.Clamp(limit, 1, 10_000), CancellationToken.None);
            all.AddRange((view?.Report.InDoubt ?? []).Select(t => new InDoubtSummary(
                t.Id.ToString(),
                tree,
                local.Id.Value,
                (int)t.Terms.Protocol,
                t.Decision?.ToString() ?? string.Empty,
                [.. t.Terms.Participants.Select(p => p.Name)],
                withPaths ? [.. t.Paths] : [])));
        }

        return [.. all];
    }
}

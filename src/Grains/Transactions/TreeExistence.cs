using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;
using GrainKeeper.Grains.Peers;
using GrainKeeper.Grains.Trees;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Grains.Transactions;

/// <summary>
/// Finds out whether a tree exists. A server's own copy of the root tree may be old, and then lacks trees that were created since; a tree that does not run here may only not have been started yet. So the
/// root tree's leader is asked, which a quorum confirms after the question.
/// </summary>
/// <param name="self">This server.</param>
/// <param name="trees">The trees that run on this server.</param>
/// <param name="grains">The way to the leader.</param>
/// <param name="liveness">Which peers are up.</param>
/// <param name="timeout">How long the leader may take.</param>
/// <param name="logger">Hears why it does not answer.</param>
internal sealed class TreeExistence(ServerId self, TreeServers trees, IGrainFactory grains, IPeerLiveness liveness, TimeSpan timeout, ILogger logger)
{
    // Its records are read behind the barrier for the barrier's sake alone.
    private static readonly CommitKey Nobody = new(new TransactionId(TreeName.Root, 1, 1), CommitParty.Coordinator);
    private readonly Lock _gate = new();
    private Task<string[]?> _asking = Task.FromResult<string[]?>(null);
    private Task<string[]?>? _next;

    /// <summary>Whether a tree does not exist: it was deleted, or there never was one. False also when nobody can say so at present.</summary>
    public async Task<bool> IsGoneAsync(string tree) =>
        // What runs here exists, or will soon be found deleted; then the next question is asked.
        tree != TreeName.Root && trees.Find(tree) is null && await AskAsync() is { } listed && !listed.Contains(tree, StringComparer.Ordinal);

    /// <summary>For others: the trees besides the root tree, while this server leads that and a quorum confirms it after the question; otherwise null.</summary>
    public async Task<string[]?> ListAsync()
    {
        if (trees.Find(TreeName.Root)?.Replica is not { } replica
            || await replica.InspectAsync(ReplicaReportParts.None, 0) is not { Status: { Role: ZabRole.Leading } before }
            || (await replica.Commits.ReadAsync(before.CurrentEpoch, Nobody, barrier: true)).Answer != Core.Replica.Commits.CommitAnswer.Done)
        {
            return null;
        }

        // A state that was loaded anew meanwhile may be older than the barrier.
        return await replica.InspectAsync(ReplicaReportParts.Trees, int.MaxValue) is { } view && view.Status.Role == ZabRole.Leading && view.Status.CurrentEpoch == before.CurrentEpoch
            ? [.. view.Report.Trees.Select(t => t.Name)]
            : null;
    }

    // Many ask at a time when a tree is gone. One question is under way; it may have been asked before whoever comes now has come, who therefore shares the next one.
    private Task<string[]?> AskAsync()
    {
        lock (_gate)
        {
            if (_next is not null)
            {
                return _next;
            }

            return _asking.IsCompleted ? _asking = AskLeaderAsync() : _next = AskAfterAsync(_asking);
        }
    }

    private async Task<string[]?> AskAfterAsync(Task<string[]?> last)
    {
        await ((Task)last).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        Task<string[]?> mine;
        lock (_gate)
        {
            _next = null;
            mine = _asking = AskLeaderAsync();
        }

        return await mine;
    }

    private async Task<string[]?> AskLeaderAsync()
    {
        await Task.Yield();
        if (trees.Find(TreeName.Root)?.Replica?.Leader is not { } leader)
        {
            return null;
        }

        var answer = grains.GetGrain<ITransactionMonitorGrain>(ServerGrainKey.Format(TreeName.Root, leader)).ListTrees();
        answer.Ignore();
        try
        {
            return await answer.WaitAsync(timeout, leader == self ? CancellationToken.None : liveness.DownToken(leader));
        }
        catch (Exception e)
        {
            logger.LogDebug("Server {Leader} does not say which trees exist: {Problem}", leader, e.Message);
            return null;
        }
    }
}

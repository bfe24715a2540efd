using GrainKeeper.Client.Errors;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client.Recipes;

/// <summary>
/// A queue of items in the order of their creation. Takers stand in a queue of their own, and only the first watches the items: a new one wakes one taker. Meant for hundreds of items, not for millions: all names are read
/// to find the first.
/// </summary>
/// <param name="client">The client.</param>
/// <param name="path">The queue's node; made when it is missing.</param>
public sealed class DistributedQueue(GrainKeeperClient client, string path)
{
    private readonly DistributedLock _takers = new(client, path + "/takers");

    private string Items => path + "/items";

    /// <summary>Puts an item at the end.</summary>
    /// <param name="item">The item, up to what a node may hold.</param>
    /// <param name="cancellationToken">Ends the wait; the item may be added nevertheless.</param>
    public async Task EnqueueAsync(ReadOnlyMemory<byte> item, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                await client.CreateAsync($"{Items}/item-", item, CreateMode.PersistentSequential, cancellationToken: cancellationToken);
                return;
            }
            catch (NoNodeException)
            {
                await Contender.EnsureAsync(client, Items, CreateMode.Persistent);
            }
        }
    }

    /// <summary>Waits for an item and takes it: nobody else gets it. A taker that dies afterwards has it lost; see <see cref="ProcessAsync"/>.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<ReadOnlyMemory<byte>> DequeueAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            await using var turn = await _takers.AcquireAsync(cancellationToken: cancellationToken);
            if (await TakeAsync(turn, static _ => Task.CompletedTask, cancellationToken) is { } item)
            {
                return item;
            }
        }
    }

    /// <summary>Waits for an item, has it processed, and takes it then. Whoever dies before leaves it to the next: so an item may be processed twice, but none is lost.</summary>
    /// <param name="process">Processes it; given the item and a token that is cancelled when another may begin with it. When it throws, the item stays.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task ProcessAsync(Func<ReadOnlyMemory<byte>, CancellationToken, Task> process, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            await using var turn = await _takers.AcquireAsync(cancellationToken: cancellationToken);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(turn.Lost, cancellationToken);
            if (await TakeAsync(turn, item => process(item, end.Token), cancellationToken) is not null)
            {
                return;
            }
        }
    }

    private async Task<ReadOnlyMemory<byte>?> TakeAsync(Holding turn, Func<ReadOnlyMemory<byte>, Task> before, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(turn.Lost, cancellationToken);
        try
        {
            var (node, data) = await FirstAsync(end.Token);
            await before(data.Data);
            await client.DeleteAsync(node, data.Stat.Version, cancellationToken);
            return data.Data;
        }
        catch (Exception e) when (e is NoNodeException or BadVersionException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // Another taker has it: this one's turn was lost meanwhile.
            return null;
        }
    }

    private async Task<(string Node, NodeData Data)> FirstAsync(CancellationToken token)
    {
        await Contender.EnsureAsync(client, Items, CreateMode.Persistent);
        while (true)
        {
            var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            foreach (var name in Contender.Ordered((await client.GetChildrenAsync(Items, _ => changed.TrySetResult(), consistency: ReadConsistency.Sequential, cancellationToken: token)).Names))
            {
                try
                {
                    return ($"{Items}/{name}", await client.GetDataAsync($"{Items}/{name}", consistency: ReadConsistency.Sequential, cancellationToken: token));
                }
                catch (NoNodeException)
                {
                    // A taker whose turn was lost has taken it after all.
                    continue;
                }
            }

            await changed.Task.WaitAsync(token);
        }
    }
}

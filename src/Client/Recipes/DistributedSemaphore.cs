using System.Globalization;
using System.Text;
using GrainKeeper.Client.Errors;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client.Recipes;

/// <summary>
/// A number of permits. Who wants one stands in a queue first; only the first of the queue watches the permits, so a permit that is given back wakes one client.
/// </summary>
public sealed class DistributedSemaphore
{
    private readonly GrainKeeperClient _client;
    private readonly string _path;
    private readonly int _permits;
    private readonly DistributedLock _queue;

    /// <summary>A semaphore.</summary>
    /// <param name="client">The client.</param>
    /// <param name="path">Its node, made when it is missing. It holds the number of permits.</param>
    /// <param name="permits">How many permits there are, 1 to 100,000; the same for all clients.</param>
    public DistributedSemaphore(GrainKeeperClient client, string path, int permits)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(permits, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(permits, 100_000);
        _client = client;
        _path = path;
        _permits = permits;
        _queue = new DistributedLock(client, path + "/queue");
    }

    /// <summary>Waits for a permit, in the order of asking.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="InvalidOperationException">Other clients use this semaphore with another number of permits.</exception>
    /// <exception cref="LockLostException">The place in the queue was lost.</exception>
    public async Task<Holding> AcquireAsync(CancellationToken cancellationToken = default)
    {
        await AgreeAsync(cancellationToken);
        await using var turn = await _queue.AcquireAsync(cancellationToken: cancellationToken);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(turn.Lost, cancellationToken);
        try
        {
            var contender = await Contender.EnterAsync(_client, _path + "/leases", "lease-", default, end.Token);
            var continuity = await contender.WaitAsync((names, own) => own < _permits ? null : names[own - _permits], end.Token, anyOfThem: true);
            return await Holding.TakeAsync(contender, continuity);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new LockLostException($"the place in the queue of {_path} may be lost: no server was heard for too long, or its node was deleted");
        }
    }

    private async Task AgreeAsync(CancellationToken cancellationToken)
    {
        var text = _permits.ToString(CultureInfo.InvariantCulture);
        while (true)
        {
            try
            {
                var found = Encoding.UTF8.GetString((await _client.GetDataAsync(_path, consistency: ReadConsistency.Sequential, cancellationToken: cancellationToken)).Data.Span);
                if (found != text)
                {
                    throw new InvalidOperationException($"semaphore {_path} has {found} permits, not {text}: use the same number everywhere, or change the node's data while nobody uses it");
                }

                return;
            }
            catch (NoNodeException)
            {
                if (_path.LastIndexOf('/') is > 0 and var slash)
                {
                    await Contender.EnsureAsync(_client, _path[..slash], CreateMode.Persistent);
                }
            }

            try
            {
                await _client.CreateAsync(_path, Encoding.UTF8.GetBytes(text), cancellationToken: cancellationToken);
            }
            catch (NodeExistsException)
            {
                // Another client was faster; what it wrote is read next.
                continue;
            }
        }
    }
}

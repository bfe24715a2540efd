namespace GrainKeeper.Client.Recipes;

/// <summary>
/// A lock that one client of all holds at a time, in the order of asking. Each waiter watches the one before it alone, so a release wakes one. The nodes are named as those of Curator's
/// <c>InterProcessMutex</c>, which can stand in the same queue; unlike that, it is not reentrant.
/// </summary>
/// <param name="client">The client.</param>
/// <param name="path">The lock's node; made when it is missing, and deleted by the servers some time after its last use.</param>
public sealed class DistributedLock(GrainKeeperClient client, string path)
{
    private const string Kind = "lock-";

    /// <summary>Waits for the lock.</summary>
    /// <param name="data">What others see of the holder, for example its name.</param>
    /// <param name="cancellationToken">Ends the wait, and gives the place in the queue back.</param>
    /// <exception cref="LockLostException">The place in the queue was lost.</exception>
    /// <exception cref="Errors.GrainKeeperException">The session is over, or the operation is not allowed.</exception>
    public async Task<Holding> AcquireAsync(ReadOnlyMemory<byte> data = default, CancellationToken cancellationToken = default)
    {
        var contender = await Contender.EnterAsync(client, path, Kind, data, cancellationToken);
        var continuity = await contender.WaitAsync(static (names, own) => own == 0 ? null : names[own - 1], cancellationToken);
        return await Holding.TakeAsync(contender, continuity);
    }

    /// <summary>Waits for the lock for some time.</summary>
    /// <param name="timeout">How long, at least 200 ms: the way to the servers and back takes time, too.</param>
    /// <param name="data">What others see of the holder.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Null when it was not free in time.</returns>
    public async Task<Holding?> TryAcquireAsync(TimeSpan timeout, ReadOnlyMemory<byte> data = default, CancellationToken cancellationToken = default)
    {
        var least = TimeSpan.FromMilliseconds(200);
        using var limit = new CancellationTokenSource(timeout > least ? timeout : least, client.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await AcquireAsync(data, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}

namespace GrainKeeper.Client.Recipes;

/// <summary>
/// A lock that several readers, or one writer, hold at a time, in the order of asking: a writer that waits is not passed by later readers. A reader watches the last writer before it, a writer
/// whoever is before it. The nodes are named as those of Curator's <c>InterProcessReadWriteLock</c>.
/// </summary>
/// <param name="client">The client.</param>
/// <param name="path">The lock's node; made when it is missing.</param>
public sealed class DistributedReadWriteLock(GrainKeeperClient client, string path)
{
    private const string Read = "__READ__";
    private const string Write = "__WRIT__";

    /// <summary>Waits until no writer stands before.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="LockLostException">The place in the queue was lost.</exception>
    public async Task<Holding> AcquireReadAsync(CancellationToken cancellationToken = default)
    {
        var contender = await Contender.EnterAsync(client, path, Read, default, cancellationToken);
        var continuity = await contender.WaitAsync(
            static (names, own) => names.Take(own).LastOrDefault(static n => n.Contains(Write, StringComparison.Ordinal)), cancellationToken);
        return await Holding.TakeAsync(contender, continuity);
    }

    /// <summary>Waits until nobody stands before.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="LockLostException">The place in the queue was lost.</exception>
    public async Task<Holding> AcquireWriteAsync(CancellationToken cancellationToken = default)
    {
        var contender = await Contender.EnterAsync(client, path, Write, default, cancellationToken);
        var continuity = await contender.WaitAsync(static (names, own) => own == 0 ? null : names[own - 1], cancellationToken);
        return await Holding.TakeAsync(contender, continuity);
    }
}

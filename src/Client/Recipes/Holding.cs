namespace GrainKeeper.Client.Recipes;

/// <summary>Something held: a lock, a permit, a leadership. Disposing gives it back.</summary>
/// <remarks>
/// A holder that is slow, or whose process was stopped for a while, may believe that it still holds what others have by now: <see cref="Lost"/> tells it as soon as the client can know, and
/// <see cref="FencingToken"/> lets a resource refuse whoever comes with a smaller token than it has seen.
/// </remarks>
public sealed class Holding : IAsyncDisposable
{
    private readonly Contender _contender;
    private readonly CancellationTokenSource _lost;

    private Holding(Contender contender, CancellationToken continuity)
    {
        _contender = contender;
        _lost = CancellationTokenSource.CreateLinkedTokenSource(continuity);
        Lost = _lost.Token;
    }

    /// <summary>The node that stands for it.</summary>
    public string Path => _contender.Path;

    /// <summary>
    /// Greater than that of everybody who asked for it before: the zxid of <see cref="Path"/>'s creation. Send it along with what is done to the resource that is guarded.
    /// </summary>
    public long FencingToken => _contender.Token;

    /// <summary>
    /// Cancelled when it may be lost: the session is over, no server has been heard for two thirds of the session timeout, or somebody has deleted the node. Stop what you do then. Giving it back
    /// does not cancel it.
    /// </summary>
    public CancellationToken Lost { get; }

    /// <summary>Gives it back. Until a server can be told it stays taken, after the client's end at most for the session timeout.</summary>
    public async ValueTask DisposeAsync() => await _contender.LeaveAsync();

    internal static async Task<Holding> TakeAsync(Contender contender, CancellationToken continuity)
    {
        var holding = new Holding(contender, continuity);
        try
        {
            await contender.WatchAsync(() => _ = holding._lost.CancelAsync());
            return holding;
        }
        catch
        {
            await holding.DisposeAsync();
            throw;
        }
    }
}

namespace GrainKeeper.Grains.Transactions.Postgres;

/// <summary>One transaction that is being prepared by this process.</summary>
internal sealed class PostgresAttempt : IDisposable
{
    private readonly CancellationTokenSource _cancelled;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public PostgresAttempt(TimeSpan patience, CancellationToken over) => (_cancelled, Token) = Make(patience, over);

    public CancellationToken Token { get; }

    /// <summary>Done when it sends nothing more.</summary>
    public Task Ended => _ended.Task;

    public void Cancel()
    {
        try
        {
            _cancelled.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended meanwhile.
        }
    }

    public void Dispose()
    {
        _cancelled.Dispose();
        _ended.TrySetResult();
    }

    private static (CancellationTokenSource Source, CancellationToken Token) Make(TimeSpan patience, CancellationToken over)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(over);
        source.CancelAfter(patience);
        return (source, source.Token);
    }
}

namespace GrainKeeper.Grains.Transactions.Postgres;

/// <summary>One leadership of the tree that keeps a database's records, as seen from the database.</summary>
internal sealed class PostgresLeadership : IDisposable
{
    private readonly CancellationTokenSource _over = new();
    private TaskCompletionSource _claimed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public PostgresLeadership(long epoch, CommitHost host) => (Epoch, Host, Over) = (epoch, host, _over.Token);

    public long Epoch { get; }

    public CommitHost Host { get; }

    /// <summary>Cancelled when it is over.</summary>
    public CancellationToken Over { get; }

    /// <summary>Why the database is not claimed, or what the last look at it met; null when all is well.</summary>
    public string? Problem { get; set; } = "is not claimed yet";

    /// <summary>What was found prepared when it was last looked at.</summary>
    public IReadOnlyList<PostgresPrepared> Prepared { get; set; } = [];

    /// <summary>The database's <c>max_prepared_transactions</c>, once it was reached.</summary>
    public int? MaxPrepared { get; set; }

    /// <summary>When it was last looked at with success: milliseconds since the Unix epoch.</summary>
    public long? LookedAt { get; set; }

    /// <summary>Done when nothing of earlier leaderships can be prepared any more.</summary>
    public Task Claimed => Volatile.Read(ref _claimed).Task;

    public void SetClaimed()
    {
        Problem = null;
        _claimed.TrySetResult();
    }

    /// <summary>The claim is gone from the database.</summary>
    public void Unclaim(string problem)
    {
        Problem = problem;
        if (Claimed.IsCompleted)
        {
            Volatile.Write(ref _claimed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }
    }

    /// <summary>It is over.</summary>
    public void Dispose()
    {
        _over.Cancel();
        _over.Dispose();
    }
}

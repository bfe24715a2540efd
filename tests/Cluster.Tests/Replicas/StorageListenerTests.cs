using GrainKeeper.Grains.Replicas;

namespace GrainKeeper.Cluster.Tests.Replicas;

/// <summary>What the storage of a tree says before its replica listens, and afterwards.</summary>
public sealed class StorageListenerTests
{
    private readonly StorageListener _listener = new();
    private readonly List<Exception> _failures = [];
    private int _wakes;

    [Fact]
    public void What_was_durable_before_anyone_listened_is_taken_once()
    {
        _listener.Persisted(3);
        _listener.Persisted(5);
        Connect();

        Assert.Equal(1, _wakes);
        Assert.True(_listener.HasNews);
        Assert.True(_listener.TryTake(out var token));
        Assert.Equal(5, token);
        Assert.False(_listener.HasNews);
        Assert.False(_listener.TryTake(out _));
        Assert.Empty(_failures);
    }

    [Fact]
    public void A_failure_that_came_before_anyone_listened_is_told_then()
    {
        var first = new IOException("the first");
        _listener.Failed(first);
        _listener.Failed(new IOException("the second"));
        Connect();

        Assert.Same(first, Assert.Single(_failures));
    }

    [Fact]
    public void Who_listens_hears_at_once()
    {
        Connect();
        Assert.False(_listener.HasNews);

        _listener.Persisted(7);
        Assert.Equal(2, _wakes);
        Assert.True(_listener.TryTake(out var token));
        Assert.Equal(7, token);

        var error = new IOException("a failure");
        _listener.Failed(error);
        Assert.Same(error, Assert.Single(_failures));
    }

    [Fact]
    public async Task No_token_is_missed_by_who_begins_to_listen_meanwhile()
    {
        for (var round = 0; round < 2_000; round++)
        {
            var listener = new StorageListener();
            var woken = new TaskCompletionSource();
            using var both = new Barrier(2);
            var persisted = Task.Run(() =>
            {
                both.SignalAndWait();
                listener.Persisted(1);
            });
            both.SignalAndWait();
            listener.Connect(
                () =>
                {
                    if (listener.HasNews)
                    {
                        woken.TrySetResult();
                    }
                },
                _ => { });
            await persisted;
            await woken.Task.WaitAsync(TimeSpan.FromSeconds(30));
        }
    }

    private void Connect() => _listener.Connect(() => _wakes++, _failures.Add);
}

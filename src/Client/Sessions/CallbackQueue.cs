using System.Diagnostics;
using System.Threading.Channels;

namespace GrainKeeper.Client.Sessions;

/// <summary>Runs callbacks one after another, in the order in which they were queued, apart from the connection's own work.</summary>
internal sealed class CallbackQueue : IAsyncDisposable
{
    private readonly Channel<Action> _queue;
    private readonly Action<Exception>? _failed;
    private readonly Task _worker;

    internal CallbackQueue(int capacity, Action<Exception>? failed)
    {
        _queue = Channel.CreateBounded<Action>(new BoundedChannelOptions(capacity) { SingleReader = true });
        _failed = failed;
        _worker = Task.Run(WorkAsync);
    }

    /// <summary>Queues a callback.</summary>
    /// <returns>False when the queue is full or closed.</returns>
    internal bool TryAdd(Action callback) => _queue.Writer.TryWrite(callback);

    /// <summary>Takes nothing more, and waits a little for those queued; a callback that hangs must not keep the client from closing.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await Task.WhenAny(_worker, Task.Delay(TimeSpan.FromSeconds(1)));
    }

    private async Task WorkAsync()
    {
        await foreach (var callback in _queue.Reader.ReadAllAsync())
        {
            try
            {
                callback();
            }
            catch (Exception e)
            {
                Report(e);
            }
        }
    }

    /// <summary>A callback's fault is its author's; it must not end the session, nor go unseen.</summary>
    private void Report(Exception error)
    {
        if (_failed is null)
        {
            Trace.TraceError($"a callback of a GrainKeeper client failed: {error}");
            return;
        }

        try
        {
            _failed(error);
        }
        catch (Exception e)
        {
            Trace.TraceError($"a callback of a GrainKeeper client failed ({error}), and so did the one that was to hear of it: {e}");
        }
    }
}

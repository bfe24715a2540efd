using GrainKeeper.Contracts.Peers;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Grains.Pumping;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Grains.Transactions;

/// <summary>
/// The way of messages to one grain of one server. One batch is under way, what comes meanwhile goes into the next. What cannot be delivered is lost: the parties send again what they still need, and in their
/// own time. Thread-safe.
/// </summary>
/// <param name="call">Calls the grain.</param>
/// <param name="wrap">Makes a batch of so many messages.</param>
/// <param name="down">A token that is cancelled when the server is down.</param>
/// <param name="options">Limits.</param>
/// <param name="logger">Hears of losses.</param>
/// <param name="name">The grain, for the log.</param>
internal sealed class CommitLink(
    Func<CommitBatch, Task<PeerBatchOutcome>> call,
    Func<int, byte[], CommitBatch> wrap,
    Func<CancellationToken> down,
    TransactionOptions options,
    ILogger logger,
    string name)
{
    private const int BatchBytes = 2 * 1024 * 1024;
    private readonly Lock _gate = new();
    private readonly Queue<(ByteBuffer Bytes, int Count)> _waiting = new();
    private ByteBuffer _filling = new(1024);
    private int _count;
    private long _queued;
    private bool _running;

    /// <summary>Messages lost because too much waited.</summary>
    public long Dropped { get; private set; }

    /// <summary>Queues a message.</summary>
    public void Send(CommitDelivery delivery)
    {
        lock (_gate)
        {
            if (_queued + _filling.Length >= options.MaxQueuedBytes)
            {
                Dropped++;
                return;
            }

            CommitFrames.Append(_filling, delivery);
            _count++;
            if (_filling.Length >= BatchBytes || _count >= CommitBatch.MaxCount)
            {
                Seal();
            }

            if (_running)
            {
                return;
            }

            _running = true;
        }

        _ = Task.Run(RunAsync);
    }

    private void Seal()
    {
        if (_count > 0)
        {
            _waiting.Enqueue((_filling, _count));
            _queued += _filling.Length;
            (_filling, _count) = (new ByteBuffer(1024), 0);
        }
    }

    private async Task RunAsync()
    {
        while (true)
        {
            (ByteBuffer Bytes, int Count) batch;
            lock (_gate)
            {
                if (_waiting.Count == 0)
                {
                    Seal();
                }

                if (!_waiting.TryDequeue(out batch))
                {
                    _running = false;
                    return;
                }

                _queued -= batch.Bytes.Length;
            }

            await DeliverAsync(wrap(batch.Count, batch.Bytes.Written.ToArray()));
        }
    }

    private async Task DeliverAsync(CommitBatch batch)
    {
        var token = down();
        if (token.IsCancellationRequested)
        {
            return;
        }

        try
        {
            var answer = call(batch);
            answer.Ignore();
            var outcome = await answer.WaitAsync(TimeSpan.FromMilliseconds(options.CallTimeout), token);
            if (outcome == PeerBatchOutcome.Refused)
            {
                logger.LogError("{Grain} refuses messages of transactions: do all servers run the same version with the same secret?", name);
            }
        }
        catch (Exception e)
        {
            logger.LogDebug("{Count} messages of transactions to {Grain} may be lost: {Problem}", batch.Count, name, e.Message);
        }
    }
}

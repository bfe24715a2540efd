using System.Buffers;
using GrainKeeper.Contracts.Peers;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Grains.Pumping;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Grains.Peers;

/// <summary>
/// The way of one kind of messages to one peer in one tree. Orleans keeps no order between calls, so batches are numbered, and the receiver takes each number once and in
/// order. A link begins with a call: once that is answered, batches are posted without waiting, a window of them ahead of their receipts, and what queues while the window is
/// full goes into the next. A batch whose receipt does not come, or whose outcome is unknown, is sent again by a call; when that does not help, or the peer's connection
/// drops, the link breaks: the queue is dropped, the owner is told, and a new incarnation of the link begins with the next message.
/// </summary>
/// <remarks>
/// A probing link (elections) drops what is sent while it is broken, tries the peer with empty batches, and tells its owner when the peer answers. Others (ZAB) try with
/// the next message, so that whoever sent it hears of a loss.
/// </remarks>
internal sealed partial class PeerLink : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly AsyncSignal _work = new();
    private readonly Queue<OutgoingBatch> _pending = new();
    private readonly Stack<OutgoingBatch> _pool = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly PeerLinkIdentity _identity;
    private readonly PeerLinkOptions _options;
    private readonly IPeerLiveness _liveness;
    private readonly PeerWire _wire;
    private readonly IPeerLinkOwner _owner;
    private readonly ILogger _logger;
    private readonly bool _probes;
    private readonly byte[] _proof;
    private readonly Task _loop;
    private OutgoingBatch? _last;
    private long _queuedBytes;
    private long _link = 1;
    private long _number;
    private long _receiver;
    private bool _connected;
    private bool _used;
    private bool _sending;
    private bool _closed;

    public PeerLink(
        PeerLinkIdentity identity,
        ServerId peer,
        bool probes,
        PeerLinkOptions options,
        IPeerLiveness liveness,
        PeerWire wire,
        IPeerLinkOwner owner,
        ILogger logger)
    {
        _identity = identity;
        Peer = peer;
        _probes = probes;
        _proof = identity.Signer.Sign(identity.Self, peer, identity.Incarnation, identity.TreeCreated);
        _options = options;
        _liveness = liveness;
        _wire = wire;
        _owner = owner;
        _logger = logger;
        _liveness.PeerUp += OnPeerUp;
        _liveness.PeerDown += OnPeerDown;
        _stallTimer = new Timer(static link => ((PeerLink)link!).LookForStall(), this, Timeout.Infinite, Timeout.Infinite);
        _receiptTimer = new Timer(static link => ((PeerLink)link!).SendReceipt(), this, Timeout.Infinite, Timeout.Infinite);
        _loop = Task.Run(RunAsync);
    }

    /// <summary>The receiver.</summary>
    public ServerId Peer { get; }

    /// <summary>How many times it broke.</summary>
    public long Breaks { get; private set; }

    /// <summary>Whether nothing waits or is under way.</summary>
    public bool Idle
    {
        get
        {
            lock (_gate)
            {
                return _pending.Count == 0 && !_sending && _posted.Count == 0;
            }
        }
    }

    /// <summary>Queues a message; it goes out with the next <see cref="Flush"/> at the latest. Never waits; too much waiting breaks the link.</summary>
    public void Send<T>(T message, Action<IBufferWriter<byte>, T> encode)
    {
        long link;
        bool wake;
        lock (_gate)
        {
            if (_closed || (_probes && !_connected))
            {
                return;
            }

            if (_last is null || _last.Length >= _options.MaxBatchBytes)
            {
                _last = _pool.TryPop(out var spare) ? spare : new OutgoingBatch();
                _pending.Enqueue(_last);
            }

            var before = _last.Length;
            var added = _last.Add(message, encode);
            if (before > 0 && before + added > PeerBatch.MaxPayload)
            {
                // Together too large for one batch: the message moves to one of its own.
                _last.RemoveLast(before);
                _last = new OutgoingBatch();
                _pending.Enqueue(_last);
                _last.Add(message, encode);
            }

            _used = true;
            _queuedBytes += added;
            link = _queuedBytes > _options.MaxQueuedBytes ? _link : 0;
            wake = !_streaming;
        }

        if (wake)
        {
            _work.Set();
        }

        if (link != 0)
        {
            Break(link, $"more than {_options.MaxQueuedBytes} bytes wait for the peer");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            _streaming = false;
            _pending.Clear();
            _posted.Clear();
            _last = null;
        }

        _liveness.PeerUp -= OnPeerUp;
        _liveness.PeerDown -= OnPeerDown;
        await _closing.CancelAsync();
        _work.Set();
        await _loop;
        await _stallTimer.DisposeAsync();
        await _receiptTimer.DisposeAsync();
        _work.Dispose();
        _closing.Dispose();
    }

    private void OnPeerUp(PeerChange change)
    {
        if (change.Peer == Peer)
        {
            _work.Set();
        }
    }

    private void OnPeerDown(PeerChange change)
    {
        if (change.Peer != Peer)
        {
            return;
        }

        long link;
        lock (_gate)
        {
            // An idle link says so too: its owner may rely on a peer to which it has nothing to say at the moment.
            link = _used || _connected ? _link : 0;
        }

        if (link != 0)
        {
            Break(link, "its connection dropped: " + change.Reason);
        }
    }

    private async Task RunAsync()
    {
        while (true)
        {
            OutgoingBatch? batch = null;
            PeerBatch? message = null;
            bool probe;
            bool streams;
            lock (_gate)
            {
                // Not sooner: after an answer the loop first posts what has gathered meanwhile.
                _sending = false;
                if (_closed)
                {
                    return;
                }

                probe = _probes && !_connected;
                streams = _streaming;
                if (!probe && !streams)
                {
                    // What was posted and has no receipt goes first.
                    message = _posted.Oldest;
                    if (message is null && _pending.Count > 0)
                    {
                        batch = Dequeue();
                        message = Make(++_number, batch.Count, batch.ToArray());
                    }

                    _sending = message is not null;
                }
            }

            if (message is not null)
            {
                var failure = await DeliverAsync(message);
                lock (_gate)
                {
                    if (batch is not null)
                    {
                        Recycle(batch);
                    }

                    if (failure is null && _link == message.Link && !_closed)
                    {
                        _posted.TakenUpTo(message.Number);
                        _streaming = _wire.Post is not null && _posted.Count == 0;
                    }
                }

                if (failure is not null)
                {
                    Break(message.Link, failure);
                }

                Flush();
            }
            else if (!probe)
            {
                await _work.WaitAsync(null);
            }
            else if (!_liveness.IsUp(Peer))
            {
                // The PeerUp event wakes it; the time limit covers an edge that was missed.
                await _work.WaitAsync(_options.ProbeInterval * 4);
            }
            else if (!await ProbeAsync())
            {
                await _work.WaitAsync(_options.ProbeInterval);
            }
        }
    }

    private OutgoingBatch Dequeue()
    {
        var batch = _pending.Dequeue();
        _last = ReferenceEquals(_last, batch) ? null : _last;
        _queuedBytes -= batch.Length;
        return batch;
    }

    private PeerBatch Make(long number, int count, byte[] payload)
    {
        _acknowledged = _taken;
        return new PeerBatch(
            _identity.Self.Value, _identity.Incarnation, _link, number, count, payload, _identity.TreeCreated.Value, _proof,
            _taken.Incarnation, _taken.Link, _taken.Number);
    }

    /// <returns>Null when the batch has arrived or the link was broken meanwhile; otherwise why it must break.</returns>
    private async Task<string?> DeliverAsync(PeerBatch batch)
    {
        var begun = Environment.TickCount64;
        var delay = _options.RetryDelay;
        var wasUp = _receiver != 0;
        while (IsCurrent(batch))
        {
            var elapsed = Environment.TickCount64 - begun;
            var down = _liveness.DownToken(Peer);
            string problem;
            if (down.IsCancellationRequested)
            {
                if (wasUp)
                {
                    return "its connection dropped";
                }

                if (elapsed >= _options.ConnectTimeout)
                {
                    return $"it is down since {elapsed} ms or more";
                }

                await PauseAsync(delay);
                continue;
            }

            wasUp = true;
            try
            {
                var ack = await CallAsync(batch, down);
                switch (ack.Outcome)
                {
                    case PeerBatchOutcome.Accepted when _receiver != 0 && _receiver != ack.ReceiverIncarnation:
                        return "it has restarted";
                    case PeerBatchOutcome.Accepted:
                        _receiver = ack.ReceiverIncarnation;
                        return null;
                    case PeerBatchOutcome.NotReady:
                        problem = "it is not ready: " + ack.Reason;
                        break;
                    case PeerBatchOutcome.Reset:
                        return "it has lost what was sent before: " + ack.Reason;
                    case PeerBatchOutcome.Refused:
                        _logger.LogError("Server {Peer} refuses batches of server {Self}: {Reason}", Peer, _identity.Self, ack.Reason);
                        return "it refuses: " + ack.Reason;
                    default:
                        return $"it gave the unknown answer {ack.Outcome}";
                }
            }
            catch (OperationCanceledException) when (down.IsCancellationRequested || _closing.IsCancellationRequested)
            {
                return "its connection dropped";
            }
            catch (TimeoutException)
            {
                problem = $"no answer within {_options.CallTimeout} ms";
            }
            catch (Exception e)
            {
                problem = $"{e.GetType().Name}: {e.Message}";
            }

            elapsed = Environment.TickCount64 - begun;
            if (elapsed >= _options.BatchTimeout)
            {
                return $"{problem} (tried for {elapsed} ms)";
            }

            await PauseAsync(delay);
            delay = Math.Min(delay * 2, _options.RetryDelay * 16);
        }

        return null;
    }

    private async Task<bool> ProbeAsync()
    {
        PeerBatch probe;
        lock (_gate)
        {
            probe = Make(0, 0, []);
        }

        try
        {
            var ack = await CallAsync(probe, _liveness.DownToken(Peer));
            if (ack.Outcome != PeerBatchOutcome.Accepted)
            {
                return false;
            }

            lock (_gate)
            {
                if (_closed || _link != probe.Link)
                {
                    return false;
                }

                _receiver = ack.ReceiverIncarnation;
                _connected = true;
            }
        }
        catch (Exception)
        {
            // Whatever it is, the peer cannot be reached now; it is tried again.
            return false;
        }

        _owner.LinkConnected(Peer);
        return true;
    }

    private async Task<PeerBatchAck> CallAsync(PeerBatch batch, CancellationToken down)
    {
        var call = _wire.Call(batch);
        if (call.IsCompleted)
        {
            return await call;
        }

        // An answer that comes after the deadline, whatever it is, has no one to hear it.
        call.Ignore();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(down, _closing.Token);
        return await call.WaitAsync(TimeSpan.FromMilliseconds(_options.CallTimeout), either.Token);
    }

    private bool IsCurrent(PeerBatch batch)
    {
        lock (_gate)
        {
            return !_closed && _link == batch.Link;
        }
    }

    private async Task PauseAsync(int milliseconds)
    {
        try
        {
            await Task.Delay(milliseconds, _closing.Token);
        }
        catch (OperationCanceledException)
        {
            // Closing: the caller looks at the state again.
        }
    }

    private void Break(long link, string reason)
    {
        lock (_gate)
        {
            if (_closed || _link != link)
            {
                return;
            }

            _link++;
            _number = 0;
            _streaming = false;
            _posted.Clear();
            _receiver = 0;
            _connected = false;
            _used = false;
            _queuedBytes = 0;
            _last = null;
            _pending.Clear();
            Breaks++;
        }

        GrainKeeperMetrics.LinkBroken();
        _logger.LogInformation("The link to server {Peer} broke: {Reason}", Peer, reason);
        _owner.LinkLost(Peer, reason);
        _work.Set();
    }

    private void Recycle(OutgoingBatch batch)
    {
        batch.Clear();
        if (batch.Reusable && _pool.Count < 4)
        {
            _pool.Push(batch);
        }
    }
}

using System.Threading.Channels;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Grains.Ensembles;
using GrainKeeper.Grains.Peers;

namespace GrainKeeper.Silo.Membership;

/// <summary>
/// The peers this server is in touch with. Up to two hello connections join each pair of servers, one dialled by each side; a peer is up while at least one
/// of those of its current generation is open and has said that the peer's silo is active. Nothing is up before this server's own silo is active.
/// </summary>
internal sealed partial class EnsemblePeers : IPeerLiveness, IAsyncDisposable
{
    // Two events for each period of being up; more wait only when a handler blocks, and then the oldest facts still come first.
    private const int MaxQueuedEvents = 4096;
    private readonly Lock _lock = new();
    private readonly ServerId _self;
    private readonly SortedDictionary<ServerId, Peer> _peers = [];
    private readonly IPeerTable _table;
    private readonly ILogger<EnsemblePeers> _logger;
    private readonly Channel<Func<Task>> _events = Channel.CreateBounded<Func<Task>>(
        new BoundedChannelOptions(MaxQueuedEvents) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly Task _dispatcher;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _selfActive = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _leaving = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _periods;
    private int _disposed;

    public EnsemblePeers(ServerId self, EnsembleDirectory ensemble, IPeerTable table, ILogger<EnsemblePeers> logger)
    {
        _self = self;
        _table = table;
        _logger = logger;
        Ensemble = ensemble;
        _dispatcher = Task.Run(DispatchAsync);
    }

    /// <summary>The servers of the ensemble.</summary>
    public EnsembleDirectory Ensemble { get; }

    /// <inheritdoc/>
    public event Action<PeerChange>? PeerUp;

    /// <inheritdoc/>
    public event Action<PeerChange>? PeerDown;

    /// <summary>Completes when this server's own silo is active.</summary>
    public Task SelfActive => _selfActive.Task;

    /// <summary>Completes when this server is about to stop.</summary>
    public Task Leaving => _leaving.Task;

    /// <inheritdoc/>
    public bool IsUp(ServerId peer)
    {
        lock (_lock)
        {
            return peer == _self || (_peers.TryGetValue(peer, out var known) && known.Period is { Announced: true });
        }
    }

    /// <inheritdoc/>
    public CancellationToken DownToken(ServerId peer)
    {
        lock (_lock)
        {
            return peer == _self ? CancellationToken.None
                : _peers.TryGetValue(peer, out var known) && known.Period is { Announced: true } period ? period.Down
                : new CancellationToken(canceled: true);
        }
    }

    /// <summary>Tells that this server's own silo is active: from now on peers come up.</summary>
    public void BecomeActive()
    {
        lock (_lock)
        {
            if (_selfActive.TrySetResult())
            {
                foreach (var peer in _peers.Values)
                {
                    Evaluate(peer, "it is connected");
                }
            }
        }
    }

    /// <summary>Tells that this server is about to stop: its peers are told. Done when all have heard it and hung up.</summary>
    public Task LeaveAsync()
    {
        lock (_lock)
        {
            _leaving.TrySetResult();
            return Task.WhenAll(_peers.Values.SelectMany(p => p.Connections).Select(c => c.Ended.Task));
        }
    }

    /// <summary>A connection has passed the handshake.</summary>
    /// <param name="identity">The other side.</param>
    /// <param name="dialled">Whether this server dialled it.</param>
    /// <param name="abort">Breaks the connection.</param>
    /// <exception cref="HelloException">A newer process of that server is connected.</exception>
    public PeerConnection Opened(HelloIdentity identity, bool dialled, Action abort)
    {
        lock (_lock)
        {
            if (!_peers.TryGetValue(identity.From, out var peer))
            {
                _peers.Add(identity.From, peer = new Peer(identity.From));
            }

            if (identity.Silo.Generation < peer.NewestLive || peer.Replaced.Contains(identity.Silo))
            {
                throw new HelloException($"a newer process of server {identity.From} is known here: two processes run with one id, or this one is a leftover", refused: true);
            }

            var connection = new PeerConnection(identity.From, identity.Silo, dialled, abort);
            foreach (var older in peer.Connections.Where(c => c.Dialled == dialled).ToArray())
            {
                Drop(peer, older);
            }

            peer.Connections.Add(connection);
            return connection;
        }
    }

    /// <summary>The other side says that its silo is active.</summary>
    public void BecameActive(PeerConnection connection)
    {
        lock (_lock)
        {
            if (connection.Closed)
            {
                return;
            }

            connection.Active = true;
            Evaluate(_peers[connection.Peer], connection.Dialled ? "it answers" : "it has called");
        }
    }

    /// <summary>A connection has ended.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="reason">Why, for the log.</param>
    public void Closed(PeerConnection connection, string reason)
    {
        lock (_lock)
        {
            var peer = _peers[connection.Peer];
            connection.Closed = true;
            connection.Ended.TrySetResult();
            if (peer.Connections.Remove(connection))
            {
                Evaluate(peer, reason);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        lock (_lock)
        {
            foreach (var peer in _peers.Values)
            {
                foreach (var connection in peer.Connections.ToArray())
                {
                    Drop(peer, connection);
                }

                Evaluate(peer, "this server stops");
            }
        }

        _events.Writer.TryComplete();
        await _stop.CancelAsync();
        await _dispatcher;
        _stop.Dispose();
    }

    private static void Drop(Peer peer, PeerConnection connection)
    {
        connection.Closed = true;
        peer.Connections.Remove(connection);
        _ = Task.Run(connection.Abort);
    }

    // The only place where a period of being up begins or ends.
    private void Evaluate(Peer peer, string reason)
    {
        var newest = peer.Connections.Where(c => c.Active).MaxBy(c => c.Silo.Generation);
        if (peer.Period is { } period && (newest is null || !newest.Silo.Equals(period.Silo)))
        {
            peer.Period = null;
            End(peer, period, newest is null ? reason : "it has restarted");
        }

        if (newest is not null && peer.Period is null && _selfActive.Task.IsCompleted)
        {
            foreach (var older in peer.Connections.Where(c => !c.Silo.Equals(newest.Silo)).ToArray())
            {
                Drop(peer, older);
            }

            Begin(peer, newest.Silo, reason);
        }
    }

    private void Begin(Peer peer, SiloAddress silo, string reason)
    {
        var period = new Period(++_periods, silo);
        peer.Meet(silo);
        peer.Period = period;
        _table.Seen(peer.Id, silo);
        Enqueue(() => AnnounceUpAsync(peer, period, reason));
    }

    private void End(Peer peer, Period period, string reason)
    {
        // Callbacks of callers must not run under the lock.
        _ = period.Source.CancelAsync();
        Enqueue(() =>
        {
            if (period.Announced)
            {
                LogDown(peer.Id, period.Silo.Generation, reason);
                Raise(PeerDown, new PeerChange(peer.Id, period.Silo.Generation, period.Number, reason));
            }

            return Task.CompletedTask;
        });
    }

    private async Task AnnounceUpAsync(Peer peer, Period period, string reason)
    {
        try
        {
            await _table.WaitUntilRoutedAsync(peer.Id, period.Silo, period.Down);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        lock (_lock)
        {
            if (peer.Period != period)
            {
                return;
            }

            period.Announced = true;
        }

        LogUp(peer.Id, period.Silo, reason);
        Raise(PeerUp, new PeerChange(peer.Id, period.Silo.Generation, period.Number, reason));
    }

    private void Enqueue(Func<Task> work)
    {
        if (!_events.Writer.TryWrite(work) && !_stop.IsCancellationRequested)
        {
            // Someone's handler has blocked for thousands of events: liveness would be fiction from here on.
            LogStuck(MaxQueuedEvents);
        }
    }

    private async Task DispatchAsync()
    {
        await foreach (var work in _events.Reader.ReadAllAsync(CancellationToken.None))
        {
            try
            {
                await work();
            }
            catch (Exception e)
            {
                LogHandlerFailed(e);
            }
        }
    }

    private static void Raise(Action<PeerChange>? handlers, PeerChange change) => handlers?.Invoke(change);

    [LoggerMessage(LogLevel.Information, "Server {Peer} is up as {Silo}: {Reason}.")]
    private partial void LogUp(ServerId peer, SiloAddress silo, string reason);

    [LoggerMessage(LogLevel.Warning, "Server {Peer} (generation {Generation}) is down: {Reason}.")]
    private partial void LogDown(ServerId peer, int generation, string reason);

    [LoggerMessage(LogLevel.Critical, "A handler of peer events blocks: {Count} events wait and further ones are lost.")]
    private partial void LogStuck(int count);

    [LoggerMessage(LogLevel.Error, "A handler of peer events failed.")]
    private partial void LogHandlerFailed(Exception error);

    private sealed class Period(long number, SiloAddress silo)
    {
        public long Number => number;

        public SiloAddress Silo => silo;

        public CancellationTokenSource Source { get; } = new();

        public CancellationToken Down => Source.Token;

        public bool Announced { get; set; }
    }

    private sealed class Peer(ServerId id)
    {
        // Bounded: only the latest matter, for Orleans never takes back that a silo is dead.
        private const int MaxReplaced = 16;
        private SiloAddress? _last;

        public ServerId Id => id;

        public List<PeerConnection> Connections { get; } = [];

        public List<SiloAddress> Replaced { get; } = [];

        public Period? Period { get; set; }

        public int NewestLive => Connections.Where(c => c.Active).Select(c => c.Silo.Generation).DefaultIfEmpty(int.MinValue).Max();

        public void Meet(SiloAddress silo)
        {
            if (_last is not null && !_last.Equals(silo))
            {
                Replaced.Add(_last);
                if (Replaced.Count > MaxReplaced)
                {
                    Replaced.RemoveAt(0);
                }
            }

            _last = silo;
        }
    }
}

using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Grains.Elections;
using GrainKeeper.Grains.Replicas;

namespace GrainKeeper.Grains.Trees;

/// <summary>
/// One tree's part on this server: its replica and its election. The grains are their doors and lend them their schedulers; this joins the two,
/// for election and ZAB do not know each other.
/// </summary>
internal sealed class TreeServer : IReplicaElection, IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Action<IReadOnlyList<ListedTree>, bool> _treesListed;
    private ReplicaLoading? _loading;
    private ReplicaHost? _replica;
    private ElectionHost? _election;
    private bool _replicaStarted;
    private bool _electionStarted;
    private bool _closing;
    private bool _stopped;

    /// <param name="context">The tree.</param>
    /// <param name="treesListed">See <see cref="ReplicaHost"/>.</param>
    /// <param name="loading">The first start takes what is loaded here; null to load it then.</param>
    public TreeServer(TreeContext context, Action<IReadOnlyList<ListedTree>, bool> treesListed, ReplicaLoading? loading = null)
    {
        Context = context;
        _treesListed = treesListed;
        _loading = loading;
    }

    public TreeContext Context { get; }

    /// <summary>Hears of every replica that is started here. Set before the first one is.</summary>
    public Action<TreeServer, ReplicaHost>? ReplicaStarted { get; set; }

    /// <summary>The replica; null before its start and after its stop.</summary>
    public ReplicaHost? Replica
    {
        get
        {
            lock (_gate)
            {
                return _replica;
            }
        }
    }

    /// <summary>The election; null before its start and after its stop.</summary>
    public ElectionHost? Election
    {
        get
        {
            lock (_gate)
            {
                return _election;
            }
        }
    }

    /// <summary>Whether the grains must be called (again) to start what they host.</summary>
    public bool NeedsStart
    {
        get
        {
            lock (_gate)
            {
                return !_stopped && !(_replicaStarted && _electionStarted);
            }
        }
    }

    /// <summary>Starts the replica on the caller's scheduler, unless it runs or the tree is stopped; null while the one before still holds the directory, and when the tree is stopped.</summary>
    public ReplicaHost? StartReplica()
    {
        lock (_gate)
        {
            if (_stopped || _closing)
            {
                return null;
            }

            Make();
            if (!_replicaStarted)
            {
                _replicaStarted = true;
                _replica!.Start();
                ReplicaStarted?.Invoke(this, _replica);
            }

            return _replica;
        }
    }

    /// <summary>Starts the election on the caller's scheduler, unless it runs or the tree is stopped.</summary>
    public ElectionHost? StartElection()
    {
        lock (_gate)
        {
            if (_stopped || _closing)
            {
                return null;
            }

            Make();
            if (!_electionStarted)
            {
                _electionStarted = true;
                _election!.Start();
            }

            return _election;
        }
    }

    void IReplicaElection.StartLooking(Zxid lastZxid, Epoch currentEpoch, long ticket) => Election?.StartLooking(lastZxid, currentEpoch, ticket);

    void IReplicaElection.EpochEstablished(Epoch epoch) => Election?.EpochEstablished(epoch);

    /// <summary>An activation has ended although the tree goes on: both parts end, for neither can go on without the other, and begin anew with the next activations.</summary>
    public async Task ResetAsync()
    {
        var (replica, election) = Take(stop: false);
        try
        {
            await CloseAsync(replica, election);
        }
        finally
        {
            lock (_gate)
            {
                _closing = false;
            }
        }
    }

    /// <summary>Ends the tree's part on this server for good.</summary>
    /// <param name="handOver">How long a leader may take to tell its followers, in milliseconds; 0 to end at once.</param>
    /// <param name="cancellationToken">Ends that wait.</param>
    public async Task StopAsync(int handOver, CancellationToken cancellationToken)
    {
        var (replica, election) = Take(stop: true);
        if (TakeLoading() is { } loading)
        {
            await loading.DisposeAsync();
        }

        if (replica is not null && handOver > 0 && !cancellationToken.IsCancellationRequested)
        {
            // First no more votes: this server must not be elected again on its way out.
            if (election is not null)
            {
                await election.StopAsync();
            }

            await LeaveAsync(replica, handOver, cancellationToken);
        }

        await CloseAsync(replica, election);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync(0, CancellationToken.None);

    private static async Task LeaveAsync(ReplicaHost replica, int handOver, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(handOver);
        try
        {
            await replica.ShutDownAsync().WaitAsync(limit.Token);
            while (!replica.LinksIdle)
            {
                await Task.Delay(5, limit.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The peers find out by their ticks instead.
        }
    }

    private static async Task CloseAsync(ReplicaHost? replica, ElectionHost? election)
    {
        if (election is not null)
        {
            await election.DisposeAsync();
        }

        if (replica is not null)
        {
            await replica.DisposeAsync();
        }
    }

    private void Make()
    {
        if (_replica is not null)
        {
            return;
        }

        var replica = new ReplicaHost(Context, this, _treesListed, TakeLoading());
        _replica = replica;
        _election = new ElectionHost(Context, replica.Elected);
    }

    private ReplicaLoading? TakeLoading()
    {
        lock (_gate)
        {
            var taken = _loading;
            _loading = null;
            return taken;
        }
    }

    private (ReplicaHost? Replica, ElectionHost? Election) Take(bool stop)
    {
        lock (_gate)
        {
            _stopped |= stop;
            _closing = true;
            var taken = (_replica, _election);
            _replica = null;
            _election = null;
            _replicaStarted = false;
            _electionStarted = false;
            return taken;
        }
    }
}

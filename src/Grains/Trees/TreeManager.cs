using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Elections;
using GrainKeeper.Contracts.Trees;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Grains.Ensembles;
using GrainKeeper.Grains.Hosting;
using GrainKeeper.Grains.Peers;
using GrainKeeper.Grains.Pumping;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Grains.Trees;

/// <summary>
/// Starts and stops trees on this server: the root tree with the silo, the others as the root tree lists them. It activates their grains, which belong to this silo
/// alone, and does so again if an activation should ever end.
/// </summary>
internal sealed class TreeManager : ILifecycleParticipant<ISiloLifecycle>, IServerShutdown, IAsyncDisposable
{
    private const int RetryDelay = 50;
    private const int SupervisionInterval = 1_000;
    private const int ActivationTimeout = 5_000;

    private readonly Lock _gate = new();
    private readonly AsyncSignal _work = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly HashSet<string> _refused = new(StringComparer.Ordinal);
    private readonly GrainKeeperServerOptions _options;
    private readonly RootTreeLoading _loading;
    private readonly TreeServers _trees;
    private readonly EnsembleDirectory _ensemble;
    private readonly IPeerLiveness _liveness;
    private readonly IGrainFactory _grains;
    private readonly IServerFailureHandler _failures;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private (IReadOnlyList<ListedTree> Trees, bool Committed)? _listed;
    private Task _loop = Task.CompletedTask;
    private Task? _shutdown;

    public TreeManager(
        GrainKeeperServerOptions options,
        RootTreeLoading loading,
        TreeServers trees,
        EnsembleDirectory ensemble,
        IPeerLiveness liveness,
        IGrainFactory grains,
        IServerFailureHandler failures,
        ILoggerFactory loggers)
    {
        _options = options;
        _loading = loading;
        _trees = trees;
        _ensemble = ensemble;
        _liveness = liveness;
        _grains = grains;
        _failures = failures;
        _loggers = loggers;
        _logger = loggers.CreateLogger<TreeManager>();
    }

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle observer)
    {
        observer.Subscribe(nameof(TreeManager) + "Loading", ServiceLifecycleStage.First, BeginLoadingAsync, EndLoadingAsync);
        observer.Subscribe(nameof(TreeManager), ServiceLifecycleStage.Active + 1, StartAsync, StopAsync);
    }

    /// <inheritdoc/>
    public Task HandOverAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return _shutdown ??= ShutDownAsync(_options.HandOverTimeout, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(new CancellationToken(canceled: true));
        _work.Dispose();
        _stopping.Dispose();
    }

    private Task BeginLoadingAsync(CancellationToken cancellationToken)
    {
        _loading.BeginLoading();
        return Task.CompletedTask;
    }

    // Of a silo that ends before it has taken it.
    private Task EndLoadingAsync(CancellationToken cancellationToken) => _loading.DisposeAsync().AsTask();

    private Task StartAsync(CancellationToken cancellationToken)
    {
        _trees.Add(new TreeServer(Context(TreeName.Root, Zxid.Zero), OnListed, _loading.Take()));
        _loop = Task.Run(RunAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>A token that is cancelled already asks for an end without farewell.</summary>
    private Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return _shutdown ??= ShutDownAsync(cancellationToken.IsCancellationRequested ? 0 : _options.HandOverTimeout, cancellationToken);
        }
    }

    private async Task ShutDownAsync(int handOver, CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        _work.Set();
        await _loop;
        await Task.WhenAll(_trees.All.Select(t => t.StopAsync(handOver, cancellationToken)));
    }

    private TreeContext Context(string tree, Zxid created) => new(
        tree, created, _options, _ensemble, _trees.Use, _liveness, _grains, _failures, _loggers);

    private void OnListed(IReadOnlyList<ListedTree> trees, bool committed)
    {
        lock (_gate)
        {
            _listed = (trees, committed);
        }

        _work.Set();
    }

    private async Task RunAsync()
    {
        try
        {
            while (!_stopping.IsCancellationRequested)
            {
                (IReadOnlyList<ListedTree> Trees, bool Committed)? listed;
                lock (_gate)
                {
                    listed = _listed;
                    _listed = null;
                }

                if (listed is { } list)
                {
                    await ReconcileAsync(list.Trees, list.Committed);
                }

                var started = await ActivateAsync();
                await _work.WaitAsync(started ? SupervisionInterval : RetryDelay);
            }
        }
        catch (Exception error)
        {
            _failures.Fatal($"server {_options.Self} cannot start or stop trees: {error.Message}", error);
        }
    }

    private async Task ReconcileAsync(IReadOnlyList<ListedTree> listed, bool committed)
    {
        var wanted = new Dictionary<string, Zxid>(StringComparer.Ordinal);
        foreach (var tree in listed)
        {
            if (!TreeName.IsValid(tree.Name) || tree.Name == TreeName.Root)
            {
                Refuse(tree.Name, $"use 1 to {TreeName.MaxLength} lower-case letters, digits, '-', '_' or '.', beginning with a letter or digit, and not 'root'");
            }
            else if (wanted.Count >= _options.MaxTrees - 1)
            {
                Refuse(tree.Name, $"{_options.MaxTrees} trees are allowed on a server: raise MaxTrees on all servers, or delete trees");
            }
            else
            {
                wanted.Add(tree.Name, tree.Created);
            }
        }

        if (committed)
        {
            await StopUnlistedAsync(wanted);
        }

        foreach (var (name, created) in wanted)
        {
            if (_trees.Find(name) is null)
            {
                _logger.LogInformation("Tree {Tree}, created at {Created}, starts", name, created);
                _trees.Add(new TreeServer(Context(name, created), static (_, _) => { }));
            }
        }
    }

    // What an uncommitted end of the own log says of deletions is not acted upon: it may be cut, and the data would be missing.
    private async Task StopUnlistedAsync(Dictionary<string, Zxid> wanted)
    {
        foreach (var tree in _trees.All.ToList())
        {
            var (name, created) = (tree.Context.Tree, tree.Context.Created);
            if (name != TreeName.Root && !(wanted.TryGetValue(name, out var still) && still == created))
            {
                _logger.LogInformation("Tree {Tree}, created at {Created}, was deleted: it stops", name, created);
                _trees.Remove(tree);
                await tree.StopAsync(0, CancellationToken.None);
            }
        }

        var kept = wanted.Select(w => TreeDirectories.Of(_options.DataDirectory, w.Key, w.Value)).ToHashSet(StringComparer.Ordinal);
        foreach (var directory in TreeDirectories.Find(_options.DataDirectory))
        {
            if (!kept.Contains(directory) && TreeDirectories.SetAside(_options.DataDirectory, directory) is { } target)
            {
                _logger.LogInformation("The data of a deleted tree was moved to {Directory}; remove it when it is not needed any more", target);
            }
        }
    }

    private void Refuse(string name, string remedy)
    {
        if (_refused.Count < 1000 && _refused.Add(name))
        {
            _logger.LogError("Tree '{Tree}' is listed but cannot run here: {Remedy}", name, remedy);
        }
    }

    /// <returns>Whether all trees run.</returns>
    private async Task<bool> ActivateAsync()
    {
        var all = true;
        foreach (var tree in _trees.All)
        {
            if (!tree.NeedsStart)
            {
                continue;
            }

            var key = ServerGrainKey.Format(tree.Context.Tree, _options.Self);
            try
            {
                await _grains.GetGrain<IFastLeaderElectionGrain>(key).GetStatus().WaitAsync(TimeSpan.FromMilliseconds(ActivationTimeout), _stopping.Token);
                await _grains.GetGrain<IZNodeTreeGrain>(key).GetStatus().WaitAsync(TimeSpan.FromMilliseconds(ActivationTimeout), _stopping.Token);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return true;
            }
            catch (Exception error)
            {
                // The silo may not be in its own membership yet; the loop comes again.
                _logger.LogDebug(error, "The grains of tree {Tree} do not answer yet", tree.Context.Tree);
                all = false;
            }
        }

        return all;
    }
}

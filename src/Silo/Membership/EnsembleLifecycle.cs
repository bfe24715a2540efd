using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Silo.Membership;

/// <summary>Ties the hellos to the life of the silo.</summary>
internal sealed class EnsembleLifecycle(ServerId self, EnsemblePeers peers, PeerDialer dialer) : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<ServerId, Dialling> _dialled = [];
    private readonly List<Task> _dialling = [];

    public void Participate(ISiloLifecycle lifecycle)
    {
        lifecycle.Subscribe(nameof(EnsembleLifecycle), ServiceLifecycleStage.RuntimeServices, Dial, HangUp);
        lifecycle.Subscribe(nameof(EnsembleLifecycle), ServiceLifecycleStage.Active, Announce, _ => Task.CompletedTask);

        // Stopping runs backwards: everything that serves has ended before the peers are told.
        lifecycle.Subscribe(nameof(EnsembleLifecycle), ServiceLifecycleStage.BecomeActive, _ => Task.CompletedTask, Leave);
    }

    public void Dispose() => _stop.Dispose();

    /// <summary>Dials who is in the list and no one else. A server that was removed may still dial this one, and follow as a learner.</summary>
    private void FollowList()
    {
        lock (_gate)
        {
            if (_stop.IsCancellationRequested)
            {
                return;
            }

            var wanted = peers.Ensemble.List.Servers.Where(s => s.Id != self && !s.HasWildcardHost).ToDictionary(s => s.Id);
            foreach (var (id, old) in _dialled.Where(d => !wanted.TryGetValue(d.Key, out var now) || !IsSame(now, d.Value.Server)).ToArray())
            {
                _dialled.Remove(id);
                _ = old.Stop.CancelAsync();
            }

            _dialling.RemoveAll(t => t.IsCompleted);
            foreach (var server in wanted.Values.Where(s => !_dialled.ContainsKey(s.Id)))
            {
                var stop = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
                _dialled.Add(server.Id, new Dialling(server, stop));
                _dialling.Add(Task.Run(() => dialer.RunAsync(server, stop.Token), CancellationToken.None));
            }
        }
    }

    private static bool IsSame(ServerEntry one, ServerEntry other) => one.Host == other.Host && one.SiloPort == other.SiloPort;

    private Task Dial(CancellationToken cancellationToken)
    {
        peers.Ensemble.Changed += FollowList;
        FollowList();
        return Task.CompletedTask;
    }

    private Task Announce(CancellationToken cancellationToken)
    {
        peers.BecomeActive();
        return Task.CompletedTask;
    }

    private async Task Leave(CancellationToken cancellationToken)
    {
        if (!cancellationToken.IsCancellationRequested)
        {
            // A connection that is broken off takes what was not read yet with it: who hears the farewell hangs up.
            await peers.LeaveAsync().WaitAsync(LastWords, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task HangUp(CancellationToken cancellationToken)
    {
        peers.Ensemble.Changed -= FollowList;
        await _stop.CancelAsync();
        await peers.DisposeAsync();
        Task dialling;
        lock (_gate)
        {
            dialling = Task.WhenAll(_dialling);
        }

        await dialling.WaitAsync(TimeSpan.FromSeconds(2), CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private sealed record Dialling(ServerEntry Server, CancellationTokenSource Stop);
}

using GrainKeeper.Silo.Configuration;

namespace GrainKeeper.Silo.Membership;

/// <summary>Ties the hellos to the life of the silo.</summary>
internal sealed class EnsembleLifecycle(ServerConfiguration configuration, EnsemblePeers peers, PeerDialer dialer) : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan LastWords = TimeSpan.FromMilliseconds(50);
    private readonly CancellationTokenSource _stop = new();
    private Task _dialling = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle)
    {
        lifecycle.Subscribe(nameof(EnsembleLifecycle), ServiceLifecycleStage.RuntimeServices, Dial, HangUp);
        lifecycle.Subscribe(nameof(EnsembleLifecycle), ServiceLifecycleStage.Active, Announce, _ => Task.CompletedTask);

        // Stopping runs backwards: everything that serves has ended before the peers are told.
        lifecycle.Subscribe(nameof(EnsembleLifecycle), ServiceLifecycleStage.BecomeActive, _ => Task.CompletedTask, Leave);
    }

    public void Dispose() => _stop.Dispose();

    private Task Dial(CancellationToken cancellationToken)
    {
        _dialling = Task.WhenAll(configuration.Servers.Where(s => s.Id != configuration.Self).Select(s => Task.Run(() => dialer.RunAsync(s, _stop.Token), CancellationToken.None)));
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
            peers.BeginLeaving();
            await Task.Delay(LastWords, CancellationToken.None);
        }
    }

    private async Task HangUp(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await peers.DisposeAsync();
        await _dialling.WaitAsync(TimeSpan.FromSeconds(2), CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}

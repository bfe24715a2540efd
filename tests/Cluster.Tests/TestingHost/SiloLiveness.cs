using GrainKeeper.Contracts.Servers;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Grains.Peers;
using Orleans.Runtime;

namespace GrainKeeper.Cluster.Tests.TestingHost;

/// <summary>Which servers are up, as the membership of a test cluster says: its silos are joined by memory, so there are no connections for hellos.</summary>
internal sealed class SiloLiveness : IPeerLiveness, IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ServerId, (SiloAddress Silo, long Period, CancellationTokenSource Down)> _up = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly ServerId _self;
    private readonly Task _watching;
    private long _periods;

    public SiloLiveness(ServerId self, IClusterMembershipService membership)
    {
        _self = self;
        _watching = Task.Run(() => WatchAsync(membership));
    }

    public event Action<PeerChange>? PeerUp;

    public event Action<PeerChange>? PeerDown;

    public bool IsUp(ServerId peer)
    {
        lock (_lock)
        {
            return peer == _self || _up.ContainsKey(peer);
        }
    }

    public CancellationToken DownToken(ServerId peer)
    {
        lock (_lock)
        {
            return peer == _self ? CancellationToken.None : _up.TryGetValue(peer, out var up) ? up.Down.Token : new CancellationToken(canceled: true);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task WatchAsync(IClusterMembershipService membership)
    {
        await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(_stop.Token))
        {
            var active = new Dictionary<ServerId, SiloAddress>();
            foreach (var member in snapshot.Members.Values.Where(m => m.Status == SiloStatus.Active))
            {
                if (SiloNames.TryParse(member.Name, out var server) && server != _self)
                {
                    active[server] = member.SiloAddress;
                }
            }

            foreach (var (server, up) in _up.Where(u => !u.Value.Silo.Equals(active.GetValueOrDefault(u.Key))).ToArray())
            {
                lock (_lock)
                {
                    _up.Remove(server);
                }

                await up.Down.CancelAsync();
                PeerDown?.Invoke(new PeerChange(server, up.Silo.Generation, up.Period, "its silo is not active any more"));
            }

            foreach (var (server, silo) in active.Where(a => !_up.ContainsKey(a.Key)).ToArray())
            {
                lock (_lock)
                {
                    _up.Add(server, (silo, ++_periods, new CancellationTokenSource()));
                }

                PeerUp?.Invoke(new PeerChange(server, silo.Generation, _periods, "its silo is active"));
            }
        }
    }
}

using GrainKeeper.Contracts.Servers;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Grains.Hosting;
using GrainKeeper.Grains.Peers;
using GrainKeeper.Grains.Placement;
using GrainKeeper.TestServers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace GrainKeeper.Client.Tests;

/// <summary>A server of an ensemble of one, as a real silo with real grains and storage.</summary>
internal sealed class TestSilo : IAsyncDisposable
{
    internal const string Cluster = "client-tests";

    /// <summary>Who may create trees, for <c>--auth</c>.</summary>
    internal const string Administrator = "digest:super:password";

    private readonly string _data = Directory.CreateTempSubdirectory("gk-client-tests-").FullName;
    private readonly bool _ttlNodes;
    private IHost? _host;

    private TestSilo(int siloPort, int gatewayPort, bool ttlNodes) => (SiloPort, GatewayPort, _ttlNodes) = (siloPort, gatewayPort, ttlNodes);

    internal int SiloPort { get; }

    internal string DataDirectory => _data;

    internal int GatewayPort { get; }

    internal GrainKeeperClientOptions ClientOptions => new()
    {
        Servers = ConnectString.Parse($"localhost:{GatewayPort}"), ClusterId = Cluster, SessionTimeout = TimeSpan.FromSeconds(10),
        AttemptTimeout = TimeSpan.FromSeconds(20), ConnectTimeout = TimeSpan.FromSeconds(60),
    };

    internal static async Task<TestSilo> StartNewAsync(bool ttlNodes = true)
    {
        var port = LoopbackPorts.TakeRange(2);
        var silo = new TestSilo(port, port + 1, ttlNodes);
        try
        {
            await silo.StartAsync();
            return silo;
        }
        catch
        {
            await silo.DisposeAsync();
            throw;
        }
    }

    internal async Task StartAsync()
    {
        var self = new ServerId(1);
        var options = new GrainKeeperServerOptions
        {
            Self = self,
            ClusterId = Cluster,
            Configuration = new QuorumConfiguration(Zxid.Zero, [new Member(self, MemberRole.Participant), new Member(new ServerId(2), MemberRole.Observer)]),
            DataDirectory = _data,
            Replica = new ReplicaOptions { Secret = "0123456789abcdef"u8.ToArray(), SuperDigest = "super:DyNYQEQvajljsxlhf5uS4PJ9R28=", TtlNodes = _ttlNodes },
            Servers = [new ServerDescription(1, false, "localhost", SiloPort, GatewayPort), new ServerDescription(2, true, "localhost", 1, 1)],
        };
        _host = new HostBuilder()
            .UseOrleans(silo =>
            {
                silo.UseLocalhostClustering(SiloPort, GatewayPort, null, Cluster, Cluster);
                silo.Configure<SiloOptions>(o => o.SiloName = SiloNames.Of(self));
                silo.AddServerPinning(self);
                silo.Services.AddSingleton<IPeerLiveness>(new NobodyElse(self));
                silo.AddGrainKeeperGrains(options);
            })
            .Build();
        await _host.StartAsync();
    }

    internal async Task StopAsync()
    {
        if (_host is null)
        {
            return;
        }

        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
        _host = null;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_data, recursive: true);
    }

    private sealed class NobodyElse(ServerId self) : IPeerLiveness
    {
        public event Action<PeerChange>? PeerUp
        {
            add { }
            remove { }
        }

        public event Action<PeerChange>? PeerDown
        {
            add { }
            remove { }
        }

        public bool IsUp(ServerId peer) => peer == self;

        public CancellationToken DownToken(ServerId peer) => peer == self ? CancellationToken.None : new CancellationToken(canceled: true);
    }
}

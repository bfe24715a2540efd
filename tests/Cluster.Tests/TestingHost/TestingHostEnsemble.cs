using System.Collections.Concurrent;
using System.Text;
using GrainKeeper.Cluster.Tests.Hosting;
using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Elections;
using GrainKeeper.Contracts.Servers;
using GrainKeeper.Contracts.Trees;
using GrainKeeper.Core.Election;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;
using GrainKeeper.Grains.Hosting;
using GrainKeeper.Grains.Peers;
using GrainKeeper.Grains.Placement;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;
using Orleans.TestingHost;

namespace GrainKeeper.Cluster.Tests.TestingHost;

/// <summary>
/// The product's grains in Orleans' own test cluster, with that cluster's membership and its transport in memory: they ask of a host no more than pinning and an <see cref="IPeerLiveness"/>.
/// </summary>
internal sealed class TestingHostEnsemble : IAsyncDisposable
{
    private static readonly ReadOnlyMemory<byte> Secret = Encoding.ASCII.GetBytes("the secret of the test cluster");
    private readonly SortedDictionary<int, InProcessSiloHandle> _silos = [];
    private readonly ConcurrentDictionary<int, LogLines> _logs = [];
    private readonly ConcurrentQueue<string> _fatalErrors = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("gk-testing-host-").FullName;
    private readonly InProcessTestCluster _cluster;
    private readonly int[] _ports;

    public TestingHostEnsemble(int servers, int electionAlgorithm)
    {
        _ports = LoopbackPorts.Take(2 * servers);
        var builder = new InProcessTestClusterBuilder(1);
        builder.Options.AssumeHomogenousSilosForTesting = false;
        builder.Options.ConfigureFileLogging = false;
        builder.Options.InitializeClientOnDeploy = false;
        var quorum = new QuorumConfiguration(Zxid.Zero, Enumerable.Range(1, servers).Select(i => new Member(new ServerId(i), MemberRole.Participant, 1, null)));
        builder.ConfigureSilo((options, silo) =>
        {
            Assert.True(SiloNames.TryParse(options.SiloName, out var self));
            var log = _logs[self.Value] = new LogLines();
            silo.Services.AddLogging(l => l.AddProvider(log).AddFilter("Orleans", LogLevel.Error));
            silo.Services.AddSingleton<IServerFailureHandler>(new FatalErrorRecorder(_fatalErrors));
            silo.Services.AddSingleton<IPeerLiveness>(s => new SiloLiveness(self, s.GetRequiredService<IClusterMembershipService>()));
            silo.AddServerPinning(self);
            silo.AddGrainKeeperGrains(new GrainKeeperServerOptions
            {
                Self = self,
                ClusterId = "testing-host",
                Configuration = quorum,
                DataDirectory = Path.Combine(_directory, $"{self}"),
                ElectionAlgorithm = electionAlgorithm,
                Election = new ElectionOptions { Secret = Secret },

                // As in a MiniCluster: a process that stands still shall not cost the leader its lead.
                Replica = new ReplicaOptions { Secret = Secret, Zab = new ZabOptions { SyncTimeout = 5_000 } },
            });
        });
        _cluster = builder.Build();
    }

    public IEnumerable<int> Running => _silos.Keys;

    public async Task StartAsync(int id) => _silos.Add(id, await _cluster.CreateSiloAsync(new InProcessTestSiloSpecificOptions
    {
        SiloName = SiloNames.Of(new ServerId(id)),
        SiloPort = _ports[(2 * id) - 2],
        GatewayPort = _ports[(2 * id) - 1],
    }));

    public Task<ServerStatus[]> StatusAsync() => Task.WhenAll(_silos.Keys.Select(id => Grain<IZNodeTreeGrain>(id).GetStatus()));

    public Task<ElectionStatus[]> ElectionsAsync() => Task.WhenAll(_silos.Keys.Select(id => Grain<IFastLeaderElectionGrain>(id).GetStatus()));

    public string Describe() => string.Join(Environment.NewLine, _silos.Keys.Select(id => $"--- {id}:{Environment.NewLine}{_logs[id]}"));

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _silos.Values)
        {
            await silo.StopSiloAsync(stopGracefully: false);
            await silo.DisposeAsync();
        }

        await _cluster.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
        Assert.Empty(_fatalErrors);
    }

    private T Grain<T>(int id)
        where T : IGrainWithStringKey =>
        _silos[id].ServiceProvider.GetRequiredService<IGrainFactory>().GetGrain<T>(ServerGrainKey.Format(TreeName.Root, new ServerId(id)));
}

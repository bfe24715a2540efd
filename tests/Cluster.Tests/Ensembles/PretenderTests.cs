using System.Diagnostics.Metrics;
using System.Net;
using GrainKeeper.Cluster.Tests.Hosting;
using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Elections;
using GrainKeeper.Contracts.Peers;
using GrainKeeper.Contracts.Trees;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Grains;
using GrainKeeper.Grains.Peers;
using GrainKeeper.Silo.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;

namespace GrainKeeper.Cluster.Tests.Ensembles;

/// <summary>A native client that pretends to be a server: it can call every grain of a gateway, but knows no secret.</summary>
[Collection(CountsOfTheProcess.Name)]
public sealed class PretenderTests
{
    [Fact]
    public async Task Batches_of_a_client_that_pretends_to_be_a_server_are_refused_and_counted_and_the_ensemble_goes_on()
    {
        await using var cluster = await Ensemble.StartAsync(3);
        var leader = await cluster.LeaderAsync();
        var epoch = (await cluster[leader].StatusAsync()).CurrentEpoch;
        await using var writer = await cluster.ConnectAsync(leader);
        await writer.CreateAsync("/before");
        var receiver = cluster.Ids.First(id => id != leader);
        using var host = await ClientOfAsync(cluster, receiver);
        var grains = host.Services.GetRequiredService<IGrainFactory>();
        var key = ServerGrainKey.Format(TreeName.Root, new ServerId(receiver));
        var incarnation = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 2;
        using var refused = new Refusals();
        var sent = 0;
        foreach (var grain in new IPeerGrain[] { grains.GetGrain<IZNodeTreeGrain>(key), grains.GetGrain<IFastLeaderElectionGrain>(key) })
        {
            foreach (var proof in Proofs(leader, receiver, incarnation))
            {
                // A newer start of the leader: were it believed, the true leader's link would be taken for an old one.
                foreach (var batch in new[] { new PeerBatch(leader, incarnation, 1, 1, 0, [], 0, proof), new PeerBatch(leader, incarnation, 1, 0, 0, [], 0, proof) })
                {
                    var ack = await grain.DeliverPeerBatch(batch);
                    sent++;
                    Assert.Equal(PeerBatchOutcome.Refused, ack.Outcome);
                    Assert.Equal(
                        $"the batch does not prove that server {leader} sent it: only servers that know the ensemble's secret may call this (secretFile, the same on all servers)", ack.Reason);
                }
            }
        }

        Assert.Equal(sent, refused.Count);
        Assert.Contains("somebody at a gateway pretends to be a server", cluster[receiver].Log.ToString(), StringComparison.Ordinal);

        // Nothing else has changed: the same leader in the same epoch, and its link to that very server.
        await writer.CreateAsync("/after");
        Assert.Equal(["after", "before", "zookeeper"], await cluster.ChildrenAsync(receiver, "/"));
        Assert.Equal(leader, await cluster.LeaderAsync());
        Assert.Equal(epoch, (await cluster[leader].StatusAsync()).CurrentEpoch);
    }

    // Nothing, noise, and proofs under the true secret that say something else: of another link, start, tree, kind or ensemble.
    private static IEnumerable<byte[]> Proofs(int leader, int receiver, long incarnation)
    {
        var (from, to) = (new ServerId(leader), new ServerId(receiver));
        LinkSigner Signer(string kind, string cluster = "members", string tree = "root", string? secret = null) =>
            new(secret is null ? MiniCluster.Secret : System.Text.Encoding.ASCII.GetBytes(secret), cluster, tree, kind);

        yield return null!;
        yield return [];
        yield return new byte[LinkSigner.Length];
        yield return Signer("other").Sign(from, to, incarnation, Zxid.Zero);
        foreach (var kind in new[] { "zab", "election" })
        {
            yield return Signer(kind).Sign(to, from, incarnation, Zxid.Zero);
            yield return Signer(kind).Sign(from, to, incarnation - 1, Zxid.Zero);
            yield return Signer(kind).Sign(from, to, incarnation, new Zxid(1));
            yield return Signer(kind, tree: "orders").Sign(from, to, incarnation, Zxid.Zero);
            yield return Signer(kind, cluster: "others").Sign(from, to, incarnation, Zxid.Zero);
            yield return Signer(kind, secret: "a guess at the secret").Sign(from, to, incarnation, Zxid.Zero);
        }
    }

    private static async Task<IHost> ClientOfAsync(MiniCluster cluster, int server)
    {
        var configuration = cluster.ConfigurationOf(server);
        var host = new HostBuilder().UseOrleansClient(client =>
        {
            client.UseStaticClustering(new IPEndPoint(IPAddress.Loopback, configuration.SelfEntry.GatewayPort));
            client.Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = (configuration.ClusterId, GrainKeeperServer.ServiceId));
        }).Build();
        await host.StartAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return host;
    }

    private sealed class Refusals : IDisposable
    {
        private readonly MeterListener _listener = new();
        private long _count;

        public Refusals()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == GrainKeeperMetrics.MeterName && instrument.Name == "grainkeeper.peers.strangers")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref _count, value));
            _listener.Start();
        }

        public long Count => Interlocked.Read(ref _count);

        public void Dispose() => _listener.Dispose();
    }
}

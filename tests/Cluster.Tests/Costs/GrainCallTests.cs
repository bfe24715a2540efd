using System.Buffers;
using System.Net;
using GrainKeeper.Cluster.Tests.Ensembles;
using GrainKeeper.Cluster.Tests.Hosting;
using GrainKeeper.Core.Jute;
using GrainKeeper.Grains.Connections;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Xunit.Abstractions;

namespace GrainKeeper.Cluster.Tests.Costs;

/// <summary>What a request costs an ensemble of three in grain calls and in memory, whatever the machine's speed.</summary>
public sealed class GrainCallTests(ITestOutputHelper output)
{
    private const int Batch = 64;

    [Fact]
    public async Task A_write_alone_costs_few_grain_calls_and_many_at_once_share_theirs()
    {
        var calls = new GrainCalls();

        // Heartbeats, and receipts that find no batch to travel with, come with time and not with requests.
        await using var cluster = new MiniCluster(
            3,
            c => c with { Replica = c.Replica with { Zab = c.Replica.Zab with { HeartbeatInterval = 5_000, SyncTimeout = 30_000 } } },
            withGrains: true,
            configureSilo: silo =>
            {
                silo.AddIncomingGrainCallFilter(calls);
                silo.ConfigureServer(o => o with { Peers = o.Peers with { ReceiptDelay = 900 } });
            });
        await cluster.StartAsync([.. cluster.Ids]);
        var leader = await cluster.LeaderAsync();
        var follower = cluster.Running.First(s => s.Id != leader);
        using var limit = new CancellationTokenSource(5 * Ensemble.Patience);
        using var sink = new CountingSink();
        var client = follower.Services.GetRequiredService<IReplicaConnections>().Open("root", IPAddress.Loopback, null, sink);
        Assert.NotNull(client);
        Assert.True(client.TryPost([Bytes(w => new ConnectRequest(0, 0, 30_000, 0, new byte[16], false).Write(w))]));
        await sink.AnswersAsync(1, limit.Token);

        // The links' first batches are calls; from then on they are posted.
        await ManyAsync(4);
        var alone = await CallsOfAsync(200, () => OneByOneAsync(200));
        var together = await CallsOfAsync(200 * Batch, () => ManyAsync(200));
        var reads = await CallsOfAsync(200, () => ReadsAsync(200));

        // Forward, two proposals, two acknowledgements, two commits.
        Assert.InRange(alone, 6.0, 8.0);
        Assert.InRange(together, 0.01, 0.5);
        Assert.InRange(reads, 0, 0.2);
        client.Close();

        async Task OneByOneAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                Assert.True(client.TryPost([Write(i)]));
                await sink.AnswersAsync(1, limit.Token);
            }
        }

        async Task ManyAsync(int batches)
        {
            for (var i = 0; i < batches; i++)
            {
                Assert.True(client.TryPost([.. Enumerable.Range(i * Batch, Batch).Select(Write)]));
                await sink.AnswersAsync(Batch, limit.Token);
            }
        }

        async Task ReadsAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                Assert.True(client.TryPost([Request(i, OpCode.GetData, w => new PathWatchRequest("/"u8, false).Write(w))]));
                await sink.AnswersAsync(1, limit.Token);
            }
        }

        async Task<double> CallsOfAsync(int requests, Func<Task> work)
        {
            calls.Clear();
            await work();
            var each = (double)calls.Total / requests;
            output.WriteLine($"{requests} requests, {each:0.00} grain calls each: {calls}");
            return each;
        }
    }

    private static ReadOnlyMemory<byte> Write(int xid) => Request(xid, OpCode.SetData, w => new SetDataRequest("/"u8, new byte[128], false, -1).Write(w));

    private static ReadOnlyMemory<byte> Request(int xid, OpCode type, Action<JuteWriter> body) => Bytes(w =>
    {
        new RequestHeader(xid + 1, type).Write(w);
        body(w);
    });

    private static ReadOnlyMemory<byte> Bytes(Action<JuteWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        write(new JuteWriter(buffer));
        return buffer.WrittenMemory;
    }
}

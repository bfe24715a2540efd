using System.Diagnostics;
using System.Text;
using GrainKeeper.Cluster.Tests.Hosting;
using GrainKeeper.Contracts.Peers;
using GrainKeeper.Contracts.Servers;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Grains.Peers;

namespace GrainKeeper.Cluster.Tests.Ensembles;

public sealed class PinningTests
{
    [Fact]
    public async Task Grains_of_a_server_that_is_down_are_nowhere_and_calls_to_them_fail_fast()
    {
        await using var cluster = await Ensemble.StartAsync(3);
        await cluster.LeaderAsync();
        await cluster.MeshAsync();
        Assert.Equal(3, (await cluster[1].Replica(3).GetStatus()).Server);
        await cluster.KillAsync(3);

        // A call that was under way when the server died is the caller's to give up (peer links do, by the peer's down token); new ones are refused.
        await Eventually.Is(() => !cluster[1].Sees(3) && !cluster[2].Sees(3), () => cluster.Describe());
        foreach (var from in new[] { 1, 2 })
        {
            for (var i = 0; i < 10; i++)
            {
                var watch = Stopwatch.StartNew();
                var error = await Record.ExceptionAsync(() => cluster[from].Replica(3).GetStatus().WaitAsync(TimeSpan.FromSeconds(10)));
                Assert.True(error is not (null or TimeoutException) && watch.Elapsed < TimeSpan.FromSeconds(5), $"{watch.Elapsed}: {error}");
            }
        }

        await cluster.StartAsync(3);
        await cluster.MeshAsync();
        Assert.Equal(3, (await cluster[1].Replica(3).GetStatus().WaitAsync(TimeSpan.FromSeconds(10))).Server);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Clients_enter_by_every_live_server_while_another_is_down(int dead)
    {
        await using var cluster = await Ensemble.StartAsync(3);
        await cluster.LeaderAsync();
        await cluster.MeshAsync();

        // Servers without the memory of where anything is: they have started since.
        var live = cluster.Ids.Where(id => id != dead).ToArray();
        foreach (var id in live)
        {
            await cluster.KillAsync(id);
            await cluster.StartAsync(id);
            await cluster.MeshAsync();
        }

        await cluster.KillAsync(dead);
        await cluster.LeaderAsync();
        foreach (var id in live)
        {
            await using var client = await cluster.ConnectAsync([id], patience: 25_000);
            await client.CreateAsync($"/by-{id}");
        }
    }

    [Fact]
    public async Task Servers_that_are_not_in_the_list_are_named_as_such()
    {
        await using var cluster = await Ensemble.StartAsync(1);
        var error = await Assert.ThrowsAsync<ServerUnavailableException>(() => cluster[1].Replica(9).GetStatus());
        Assert.Contains("server 9 is not in the cluster", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, await cluster.LeaderAsync());
    }

    [Fact]
    public async Task Batches_that_cannot_be_read_are_refused_and_end_no_server()
    {
        await using var cluster = await Ensemble.StartAsync(3);
        var leader = await cluster.LeaderAsync();
        await using var client = await cluster.ConnectAsync(leader);
        var random = new Random(7);
        foreach (var receiver in cluster.Ids)
        {
            var sender = cluster.Ids.First(id => id != receiver);
            var far = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            var signer = new LinkSigner(MiniCluster.Secret, "members", "root", "zab");
            byte[] Proof(int from) => signer.Sign(new ServerId(from), new ServerId(receiver), far, Zxid.Zero);
            foreach (var payload in Payloads(random))
            {
                // As an older start of the sender would send it, so that the true one's link is not taken for the older.
                var batch = new PeerBatch(sender, ++far, 1, 1, 1, payload, 0, Proof(sender));
                var ack = await cluster[sender].Replica(receiver).DeliverPeerBatch(batch);
                Assert.True(ack.Outcome == PeerBatchOutcome.Refused && ack.Reason!.StartsWith("a message cannot be read", StringComparison.Ordinal), $"{ack.Outcome} {ack.Reason} for {Convert.ToHexString(payload)}");
            }

            foreach (var batch in new[]
            {
                new PeerBatch(receiver, far, 1, 1, 0, [], 0, Proof(receiver)),
                new PeerBatch(sender, far, 1, -1, 0, [], 0, Proof(sender)),
                new PeerBatch(sender, far, 1, 1, -1, [], 0, Proof(sender)),
                new PeerBatch(sender, far, 1, 1, int.MaxValue, [], 0, Proof(sender)),
                new PeerBatch(sender, far, 1, 0, 1, [0, 0, 0, 0], 0, Proof(sender)),
                new PeerBatch(sender, far, 1, 1, 2, [0, 0, 0, 1, 7], 0, Proof(sender)),
            })
            {
                var ack = await cluster[sender].Replica(receiver).DeliverPeerBatch(batch);
                Assert.Equal(PeerBatchOutcome.Refused, ack.Outcome);
                Assert.DoesNotContain("prove", ack.Reason, StringComparison.Ordinal);
            }

            // A stranger may be about to become a member.
            var stranger = await cluster[sender].Replica(receiver).DeliverPeerBatch(new PeerBatch(9, far, 1, 1, 0, [], 0, Proof(9)));
            Assert.Equal(PeerBatchOutcome.NotReady, stranger.Outcome);
            Assert.Contains("server 9 is no other server of this ensemble", stranger.Reason, StringComparison.Ordinal);
        }

        Assert.Equal(leader, await cluster.LeaderAsync());
        await client.CreateAsync("/still-here");
        await cluster.SettleAsync();
    }

    // A message after its length: noise of all sizes, and text.
    private static IEnumerable<byte[]> Payloads(Random random)
    {
        for (var length = 0; length < 40; length++)
        {
            var message = new byte[length];
            random.NextBytes(message);
            yield return [0, 0, 0, (byte)length, .. message];
        }

        yield return [0, 0, 0, 5, .. Encoding.ASCII.GetBytes("hello")];
    }
}

using GrainKeeper.Contracts.Peers;
using GrainKeeper.Grains.Peers;

namespace GrainKeeper.Cluster.Tests.Peers;

public sealed class PeerLinkTests
{
    private static readonly Task<PeerBatchAck> Silence = new TaskCompletionSource<PeerBatchAck>().Task;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_becomes_of_calls_and_answers_messages_arrive_once_and_in_order(int seed)
    {
        const int Messages = 20_000;
        await using var rig = new LinkRig();
        var random = new Random(seed);
        PeerBatch? before = null;
        rig.Wire = async batch =>
        {
            await Task.Yield();
            if (before is not null && random.Next(10) == 0)
            {
                // A copy of an earlier call that was long under way.
                await rig.Deliver(before);
            }

            before = batch;
            switch (random.Next(10))
            {
                case 0:
                    throw new TimeoutException("the call was lost");
                case 1:
                    await rig.Deliver(batch);
                    throw new InvalidOperationException("the answer was lost");
                case 2:
                    await rig.Deliver(batch);
                    return await Silence;
                case 3:
                    return new PeerBatchAck(PeerBatchOutcome.NotReady, 70, "busy");
                case 4:
                    await rig.Deliver(batch);
                    return await rig.Deliver(batch);
                default:
                    return await rig.Deliver(batch);
            }
        };
        for (var i = 0; i < Messages; i += 500)
        {
            rig.Send(i, 500);
            await Task.Yield();
        }

        await rig.ReceiveAsync(Messages);
        Assert.Equal(Enumerable.Range(0, Messages), rig.Received);
        Assert.Equal((0, 0), (rig.Lost.Count, rig.NewLinks));
    }

    [Fact]
    public async Task A_peer_that_goes_down_breaks_the_link_at_once_and_a_new_one_says_so()
    {
        await using var rig = new LinkRig(new PeerLinkOptions { CallTimeout = 60_000, BatchTimeout = 60_000 });
        rig.Send(0, 10);
        await rig.ReceiveAsync(10);
        rig.Wire = _ => Silence;
        rig.Send(10, 10);
        rig.Down();
        await rig.BreakAsync();
        Assert.Contains("its connection dropped", Assert.Single(rig.Lost), StringComparison.Ordinal);

        rig.Wire = rig.Deliver;
        rig.Up();
        rig.Send(20, 10);
        await rig.ReceiveAsync(20);
        Assert.Equal([.. Enumerable.Range(0, 10), .. Enumerable.Range(20, 10)], rig.Received);
        Assert.Equal((1, 1L), (rig.NewLinks, rig.Breaks));
    }

    [Fact]
    public async Task A_receiver_that_has_begun_anew_is_noticed()
    {
        await using var rig = new LinkRig();
        rig.Send(0, 10);
        await rig.ReceiveAsync(10);
        rig.RestartReceiver();
        rig.Send(10, 10);
        await rig.BreakAsync();
        Assert.Contains("lost what was sent before", Assert.Single(rig.Lost), StringComparison.Ordinal);
        rig.Send(20, 10);
        await rig.ReceiveAsync(20);
        Assert.Equal([.. Enumerable.Range(0, 10), .. Enumerable.Range(20, 10)], rig.Received);
    }

    [Fact]
    public async Task A_batch_that_cannot_be_read_breaks_the_link_and_nothing_of_it_is_taken()
    {
        await using var rig = new LinkRig();
        rig.Send(0, 10);
        await rig.ReceiveAsync(10);
        rig.Send(-1, 1);
        await rig.BreakAsync();
        Assert.Contains("it refuses: a message cannot be read: no number", Assert.Single(rig.Lost), StringComparison.Ordinal);
        rig.Send(20, 10);
        await rig.ReceiveAsync(20);
        Assert.Equal([.. Enumerable.Range(0, 10), .. Enumerable.Range(20, 10)], rig.Received);
    }

    [Fact]
    public async Task A_queue_that_grows_too_long_breaks_the_link()
    {
        await using var rig = new LinkRig(new PeerLinkOptions { CallTimeout = 60_000, BatchTimeout = 60_000, MaxBatchBytes = 1024, MaxQueuedBytes = 10_000 });
        rig.Wire = _ => Silence;
        rig.Send(0, 2_000);
        await rig.BreakAsync();
        Assert.Contains("more than 10000 bytes wait", rig.Lost.First(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_that_is_down_is_waited_for_a_moment_only()
    {
        await using var rig = new LinkRig();
        rig.Down();
        rig.Send(0, 1);
        await rig.BreakAsync();
        Assert.Contains("it is down since", Assert.Single(rig.Lost), StringComparison.Ordinal);
        rig.Up();
        rig.Send(1, 1);
        await rig.ReceiveAsync(1);
        Assert.Equal([1], rig.Received);
    }

    [Fact]
    public async Task A_receiver_takes_each_number_of_the_newest_link_once_and_in_order()
    {
        await using var rig = new LinkRig();
        async Task<PeerBatchOutcome> Give(long incarnation, long link, long number, byte value) =>
            (await rig.Deliver(new PeerBatch(1, incarnation, link, number, 1, [0, 0, 0, 4, 0, 0, 0, value], 0, LinkRig.ProofOf(incarnation)))).Outcome;

        Assert.Equal(PeerBatchOutcome.Reset, await Give(5, 2, 2, 1));
        Assert.Equal(PeerBatchOutcome.Accepted, await Give(5, 2, 1, 2));
        Assert.Equal(PeerBatchOutcome.Accepted, await Give(5, 2, 1, 3));
        Assert.Equal(PeerBatchOutcome.Reset, await Give(5, 2, 3, 4));
        Assert.Equal(PeerBatchOutcome.Accepted, await Give(5, 2, 2, 5));
        Assert.Equal(PeerBatchOutcome.Reset, await Give(5, 1, 3, 6));
        Assert.Equal(PeerBatchOutcome.Reset, await Give(4, 9, 1, 7));
        Assert.Equal(PeerBatchOutcome.Accepted, await Give(6, 1, 1, 8));
        Assert.Equal(PeerBatchOutcome.Reset, await Give(5, 2, 3, 9));
        Assert.Equal([2, 5, 8], rig.Received);
    }
}

using System.Collections.Concurrent;
using GrainKeeper.Contracts.Peers;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Grains.Peers;
using Microsoft.Extensions.Logging.Abstractions;

namespace GrainKeeper.Cluster.Tests.Peers;

/// <summary>Batches that a link posts without waiting for each.</summary>
public sealed class PostedBatchTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Whatever_becomes_of_posts_and_receipts_messages_arrive_once_and_in_order(int seed)
    {
        const int Messages = 20_000;
        await using var rig = new LinkRig(
            new PeerLinkOptions { CallTimeout = 50, BatchTimeout = 20_000, RetryDelay = 1, MaxBatchBytes = 1024, ReceiptDelay = 5, WindowBytes = 64 * 1024 }, posts: true);
        var random = new Random(seed);
        var late = new ConcurrentQueue<PeerBatch>();
        rig.Posts = batch =>
        {
            switch (random.Next(20))
            {
                case 0:
                    return;
                case 1:
                    throw new InvalidOperationException("it could not be sent");
                case 2:
                    rig.Post(batch);
                    rig.Post(batch);
                    return;
                case 3 or 4 or 5:
                    // Later ones overtake it.
                    late.Enqueue(batch);
                    return;
                default:
                    rig.Post(batch);
                    while (random.Next(2) == 0 && late.TryDequeue(out var before))
                    {
                        rig.Post(before);
                    }

                    return;
            }
        };
        rig.Receipts = receipt =>
        {
            if (random.Next(10) != 0)
            {
                rig.Acknowledge(receipt);
            }
        };
        for (var i = 0; i < Messages; i += 50)
        {
            rig.Send(i, 50);
            await Task.Yield();
        }

        await rig.ReceiveAsync(Messages);
        Assert.Equal(Enumerable.Range(0, Messages), rig.Received);
        Assert.Equal((0, 0), (rig.Lost.Count, rig.NewLinks));
        Assert.True(rig.Posted > 20, $"only {rig.Posted} batches were posted");
        await Eventually.Is(() => rig.Idle, () => "something stays under way");
    }

    [Fact]
    public async Task No_more_than_the_window_is_posted_ahead_of_receipts()
    {
        await using var rig = new LinkRig(new PeerLinkOptions { CallTimeout = 60_000, BatchTimeout = 60_000, Window = 3 }, posts: true);
        rig.Send(0, 1);
        await rig.ReceiveAsync(1);
        await Eventually.Is(() => rig.Idle, () => "the first call is under way");
        PeerBatchReceipt? last = null;
        rig.Receipts = receipt => last = receipt;
        for (var i = 1; i <= 10; i++)
        {
            rig.Send(i, 1);
        }

        Assert.Equal((3, 4), (rig.Posted, rig.Received.Count));
        Assert.False(rig.Idle);
        rig.Receipts = rig.Acknowledge;
        rig.Acknowledge(last!);

        // All that waited went in one batch.
        Assert.Equal((4, 11), (rig.Posted, rig.Received.Count));
        Assert.Equal(Enumerable.Range(0, 11), rig.Received);
        Assert.True(rig.Idle);
    }

    [Fact]
    public async Task A_receiver_that_has_begun_anew_breaks_the_link_at_once()
    {
        await using var rig = new LinkRig(new PeerLinkOptions { CallTimeout = 60_000, BatchTimeout = 60_000 }, posts: true);
        rig.Send(0, 1);
        await rig.ReceiveAsync(1);
        rig.Send(1, 1);
        await rig.ReceiveAsync(2);
        rig.RestartReceiver();
        rig.Send(2, 1);
        await rig.BreakAsync();
        Assert.Contains("lost what was sent before", Assert.Single(rig.Lost), StringComparison.Ordinal);
        rig.Send(3, 2);
        await rig.ReceiveAsync(4);
        Assert.Equal([0, 1, 3, 4], rig.Received);
    }

    [Fact]
    public async Task A_peer_that_goes_down_breaks_a_link_that_waits_for_receipts()
    {
        await using var rig = new LinkRig(new PeerLinkOptions { CallTimeout = 60_000, BatchTimeout = 60_000 }, posts: true);
        rig.Send(0, 1);
        await rig.ReceiveAsync(1);
        await Eventually.Is(() => rig.Idle, () => "the first call is under way");
        rig.Posts = _ => { };
        rig.Send(1, 5);
        Assert.False(rig.Idle);
        rig.Down();
        await rig.BreakAsync();
        Assert.Contains("its connection dropped", Assert.Single(rig.Lost), StringComparison.Ordinal);
        Assert.True(rig.Idle);
    }

    [Fact]
    public async Task Posts_that_vanish_are_sent_again_by_calls_and_a_peer_that_never_answers_breaks_the_link()
    {
        await using var rig = new LinkRig(new PeerLinkOptions { CallTimeout = 50, BatchTimeout = 400, RetryDelay = 1 }, posts: true);
        rig.Send(0, 1);
        await rig.ReceiveAsync(1);
        rig.Posts = _ => { };
        rig.Send(1, 5);
        rig.Send(6, 5);
        await rig.ReceiveAsync(11);
        Assert.Equal(Enumerable.Range(0, 11), rig.Received);
        Assert.Empty(rig.Lost);

        await Eventually.Is(() => rig.Idle, () => "something stays under way");
        rig.Wire = _ => new TaskCompletionSource<PeerBatchAck>().Task;
        rig.Send(11, 1);
        await rig.BreakAsync();
        Assert.Contains("no answer within 50 ms", Assert.Single(rig.Lost), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_receipt_that_finds_no_batch_to_travel_with_goes_alone_and_otherwise_with_the_batch()
    {
        await using var rig = new LinkRig();
        var receipts = new ConcurrentQueue<PeerBatchReceipt>();
        var posted = new ConcurrentQueue<PeerBatch>();
        var signer = new LinkSigner(new byte[32], "test", "root", "zab");
        await using var link = new PeerLink(
            new PeerLinkIdentity(new ServerId(2), 9, Zxid.Zero, signer), new ServerId(1), probes: false, new PeerLinkOptions { ReceiptDelay = 900, Window = 4 },
            rig, new PeerWire(_ => Task.FromResult(new PeerBatchAck(PeerBatchOutcome.Accepted, 5, null)), posted.Enqueue, receipts.Enqueue), rig, NullLogger.Instance);
        link.Taken(new TakenBatches(5, 1, 2));
        await Eventually.Is(() => !receipts.IsEmpty, () => "no receipt came");
        Assert.True(receipts.TryDequeue(out var receipt));
        Assert.Equal((2, 9L, 5L, 1L, 2L, PeerBatchOutcome.Accepted), (receipt.Receiver, receipt.ReceiverIncarnation, receipt.SenderIncarnation, receipt.Link, receipt.Taken, receipt.Outcome));

        // All of the sender's window but one: it may be waiting soon.
        link.Taken(new TakenBatches(5, 1, 5));
        Assert.True(receipts.TryDequeue(out receipt));
        Assert.Equal(5, receipt.Taken);

        // The first batch of a link is a call; the one after it is posted.
        link.Send(1, static (output, _) => output.Advance(0));
        await Eventually.Is(() => link.Idle, () => "the call is under way");
        link.Taken(new TakenBatches(5, 1, 6));
        link.Send(2, static (output, _) => output.Advance(0));
        link.Flush();
        Assert.True(posted.TryDequeue(out var batch));
        Assert.Equal((2L, 5L, 1L, 6L), (batch.Number, batch.TakenIncarnation, batch.TakenLink, batch.Taken));
        Assert.Empty(receipts);
    }

    [Fact]
    public async Task A_receipt_of_another_link_or_receiver_counts_for_nothing()
    {
        await using var rig = new LinkRig(new PeerLinkOptions { CallTimeout = 60_000, BatchTimeout = 60_000 }, posts: true);
        rig.Send(0, 1);
        await rig.ReceiveAsync(1);
        await Eventually.Is(() => rig.Idle, () => "the first call is under way");
        PeerBatchReceipt? receipt = null;
        rig.Receipts = r => receipt = r;
        rig.Send(1, 1);
        rig.Acknowledge(receipt! with { Link = 2 });
        rig.Acknowledge(receipt with { SenderIncarnation = 4 });
        rig.Acknowledge(receipt with { ReceiverIncarnation = 71 });
        rig.Acknowledge(receipt with { Taken = 1 });
        Assert.False(rig.Idle);
        rig.Acknowledge(receipt);
        Assert.True(rig.Idle);
    }
}

using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using GrainKeeper.Contracts.Peers;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Grains.Peers;
using Microsoft.Extensions.Logging.Abstractions;

namespace GrainKeeper.Cluster.Tests.Peers;

/// <summary>A link of server 1 to server 2, the receiver at its end, and what lies between: the test says what becomes of each call.</summary>
internal sealed class LinkRig : IPeerLinkOwner, IPeerLiveness, IAsyncDisposable
{
    private static readonly ServerId Receiver = new(2);
    private static readonly LinkSigner Signer = new("the secret of the rig"u8.ToArray(), "rig", "root", "numbers");
    private readonly Lock _lock = new();
    private readonly PeerLink _link;
    private readonly QuorumConfiguration _configuration = new(Zxid.Zero, [new Member(new ServerId(1), MemberRole.Participant), new Member(Receiver, MemberRole.Participant)]);
    private CancellationTokenSource _down = new();
    private PeerReceiver<int> _receiver;
    private long _incarnation = 70;
    private int _posted;
    private int _period = 1;
    private bool _up = true;

    public LinkRig(PeerLinkOptions? options = null, bool posts = false)
    {
        _receiver = MakeReceiver();
        Wire = Deliver;
        Posts = Post;
        Receipts = Acknowledge;
        _link = new PeerLink(
            new PeerLinkIdentity(new ServerId(1), 5, Zxid.Zero, Signer), Receiver, probes: false,
            options ?? new PeerLinkOptions { CallTimeout = 50, BatchTimeout = 20_000, RetryDelay = 1, ConnectTimeout = 200, MaxBatchBytes = 1024 },
            this, new PeerWire(batch => Wire(batch), posts ? batch => Posts(batch) : null, posts ? _ => throw new InvalidOperationException("nothing is posted to this end") : null), this,
            NullLogger.Instance);
    }

    public event Action<PeerChange>? PeerUp;

    public event Action<PeerChange>? PeerDown;

    /// <summary>What becomes of a call; by default the receiver gets it and answers.</summary>
    public Func<PeerBatch, Task<PeerBatchAck>> Wire { get; set; }

    /// <summary>What becomes of a posted batch; by default the receiver gets it and gives a receipt.</summary>
    public Action<PeerBatch> Posts { get; set; }

    /// <summary>What becomes of a receipt; by default the sender gets it.</summary>
    public Action<PeerBatchReceipt> Receipts { get; set; }

    /// <summary>How many batches were posted.</summary>
    public int Posted => _posted;

    public bool Idle => _link.Idle;

    /// <summary>What the receiver has handed on, in order.</summary>
    public ConcurrentQueue<int> Received { get; } = new();

    /// <summary>How many of the receiver's batches were the first of a link that replaced another.</summary>
    public int NewLinks { get; private set; }

    /// <summary>Why the link broke, each time.</summary>
    public ConcurrentQueue<string> Lost { get; } = new();

    public long Breaks => _link.Breaks;

    public void Send(int first, int count)
    {
        for (var i = first; i < first + count; i++)
        {
            _link.Send(i, static (output, value) =>
            {
                BinaryPrimitives.WriteInt32BigEndian(output.GetSpan(4), value);
                output.Advance(4);
            });
        }

        _link.Flush();
    }

    public void Post(PeerBatch batch)
    {
        Interlocked.Increment(ref _posted);
        PeerBatchReceipt receipt;
        lock (_lock)
        {
            var answer = _receiver.Post(batch);
            var taken = _receiver.TakenFrom(new ServerId(1));
            receipt = new PeerBatchReceipt(2, _incarnation, batch.SenderIncarnation, batch.Link, taken.Number, answer.Outcome, answer.Reason, 0, []);
        }

        Receipts(receipt);
    }

    public void Acknowledge(PeerBatchReceipt receipt)
    {
        if (receipt.Outcome == PeerBatchOutcome.Accepted)
        {
            _link.Acknowledged(receipt.ReceiverIncarnation, new TakenBatches(receipt.SenderIncarnation, receipt.Link, receipt.Taken));
        }
        else
        {
            _link.Rejected(receipt);
        }
    }

    /// <summary>What a link of server 1 shows with its batches.</summary>
    public static byte[] ProofOf(long incarnation) => Signer.Sign(new ServerId(1), Receiver, incarnation, Zxid.Zero);

    public Task<PeerBatchAck> Deliver(PeerBatch batch)
    {
        lock (_lock)
        {
            return Task.FromResult(_receiver.Deliver(batch));
        }
    }

    /// <summary>The receiver begins anew and knows nothing of the link.</summary>
    public void RestartReceiver()
    {
        lock (_lock)
        {
            _incarnation++;
            _receiver = MakeReceiver();
        }
    }

    public void Down()
    {
        _up = false;
        _down.Cancel();
        PeerDown?.Invoke(new PeerChange(Receiver, 1, _period, "test"));
    }

    public void Up()
    {
        _down = new CancellationTokenSource();
        _up = true;
        PeerUp?.Invoke(new PeerChange(Receiver, 1, ++_period, "test"));
    }

    public Task ReceiveAsync(int count) => Eventually.Is(() => Received.Count >= count, () => $"{Received.Count} of {count} came; lost: {string.Join("; ", Lost)}");

    public Task BreakAsync() => Eventually.Is(() => !Lost.IsEmpty, () => $"the link did not break; {Received.Count} came");

    bool IPeerLiveness.IsUp(ServerId peer) => _up;

    CancellationToken IPeerLiveness.DownToken(ServerId peer) => _down.Token;

    void IPeerLinkOwner.LinkLost(ServerId peer, string reason) => Lost.Enqueue(reason);

    void IPeerLinkOwner.LinkConnected(ServerId peer) => Assert.Fail("this link does not probe");

    public async ValueTask DisposeAsync()
    {
        await _link.DisposeAsync();
        _down.Dispose();
    }

    private PeerReceiver<int> MakeReceiver() => new(
        new PeerLinkIdentity(Receiver, _incarnation, Zxid.Zero, Signer),
        _configuration.Contains,
        bytes => bytes.Length == 4 && BinaryPrimitives.ReadInt32BigEndian(bytes.Span) is >= 0 and var value ? value : throw new FormatException("no number"),
        batch =>
        {
            NewLinks += batch.NewLink ? 1 : 0;
            foreach (var message in batch.Messages)
            {
                Received.Enqueue(message);
            }

            return true;
        },
        NullLogger.Instance);
}

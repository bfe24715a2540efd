using System.Buffers.Binary;
using System.Security.Cryptography;
using GrainKeeper.Contracts.Peers;
using GrainKeeper.Core.Quorum;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Grains.Peers;

/// <summary>The receiving end of all peers' links of one kind in one tree: checks batches, takes each once and in order. Not thread-safe.</summary>
/// <typeparam name="T">The messages.</typeparam>
internal sealed class PeerReceiver<T>
{
    /// <summary>Messages in one batch at most; a sender's batches are bounded in bytes, and a message takes a few of them.</summary>
    private const int MaxMessages = 1_000_000;

    /// <summary>Posted batches of one peer that came before an earlier one, at most.</summary>
    private const int MaxAhead = 64;

    /// <summary>Their payloads together, at most.</summary>
    private const int MaxAheadBytes = PeerBatch.MaxPayload;

    private const long LogInterval = 60_000;

    private readonly PeerLinkIdentity _self;
    private readonly Func<ServerId, bool> _isPeer;
    private readonly Func<ReadOnlyMemory<byte>, T> _decode;
    private readonly Func<IncomingBatch<T>, bool> _enqueue;
    private readonly ILogger _logger;
    private readonly Dictionary<ServerId, Position> _positions = [];
    private readonly Dictionary<ServerId, Proven> _proven = [];
    private long _strangers;
    private long? _strangersLogged;

    /// <param name="self">This end.</param>
    /// <param name="isPeer">Who may send.</param>
    /// <param name="decode">Decodes a message; throws <see cref="FormatException"/> for a bad one. The result may refer to the bytes.</param>
    /// <param name="enqueue">Queues a batch for the core; false when too much waits.</param>
    /// <param name="logger">Hears of strangers.</param>
    public PeerReceiver(
        PeerLinkIdentity self,
        Func<ServerId, bool> isPeer,
        Func<ReadOnlyMemory<byte>, T> decode,
        Func<IncomingBatch<T>, bool> enqueue,
        ILogger logger)
    {
        _logger = logger;
        _self = self;
        _isPeer = isPeer;
        _decode = decode;
        _enqueue = enqueue;
    }

    /// <summary>Takes a batch that the sender waits for, or says why not.</summary>
    public PeerBatchAck Deliver(PeerBatch batch) => Take(batch, posted: false);

    /// <summary>Takes a posted batch, also ahead of an earlier one that is still under way.</summary>
    public PeerBatchAck Post(PeerBatch batch) => Take(batch, posted: true);

    /// <summary>Whether a peer sent this. One that is no peer, or does not prove it, is counted.</summary>
    public bool IsFromPeer(int sender, long incarnation, long treeCreated, byte[] proof)
    {
        var id = new ServerId(sender);
        if (id != _self.Self && _isPeer(id) && IsProven(id, incarnation, treeCreated, proof))
        {
            return true;
        }

        NoteStranger(id);
        return false;
    }

    /// <summary>How far the peer's newest link was taken.</summary>
    public TakenBatches TakenFrom(ServerId sender) =>
        _positions.TryGetValue(sender, out var position) ? new TakenBatches(position.Incarnation, position.Link, position.Next - 1) : default;

    private PeerBatchAck Take(PeerBatch batch, bool posted)
    {
        var sender = new ServerId(batch.Sender);
        if (Check(batch, sender) is { } problem)
        {
            return problem;
        }

        if (batch.Number == 0)
        {
            return batch is { Count: 0, Payload.Length: 0 }
                ? Answer(PeerBatchOutcome.Accepted, null)
                : Answer(PeerBatchOutcome.Refused, "a probe must be empty");
        }

        var known = _positions.TryGetValue(sender, out var position);
        var order = known ? (batch.SenderIncarnation, batch.Link).CompareTo((position!.Incarnation, position.Link)) : 1;
        if (order < 0)
        {
            return Answer(PeerBatchOutcome.Reset, "a newer link is known");
        }

        if (order == 0 && batch.Number < position!.Next)
        {
            return Answer(PeerBatchOutcome.Accepted, null);
        }

        var due = order == 0 ? position!.Next : 1;
        if (batch.Number != due)
        {
            return posted && order == 0 && position!.Hold(batch, MaxAhead, MaxAheadBytes)
                ? Answer(PeerBatchOutcome.Accepted, null)
                : Answer(PeerBatchOutcome.Reset, $"batch {batch.Number} came where {due} was due");
        }

        if (Enqueue(sender, batch, newLink: known && order > 0, firstContact: order > 0) is { } refusal)
        {
            return refusal;
        }

        if (order > 0)
        {
            _positions[sender] = position = new Position(batch.SenderIncarnation, batch.Link);
        }

        position!.Taken();
        while (position.NextHeld is { } held && Enqueue(sender, held, newLink: false, firstContact: false) is null)
        {
            position.Taken();
        }

        return Answer(PeerBatchOutcome.Accepted, null);
    }

    private PeerBatchAck? Check(PeerBatch batch, ServerId sender)
    {
        if (sender == _self.Self)
        {
            return Answer(PeerBatchOutcome.Refused, $"server {sender} is this server itself: compare the server lists");
        }

        if (!_isPeer(sender))
        {
            // It may be about to be added: its hello, or the reconfiguration, is on its way.
            return Answer(PeerBatchOutcome.NotReady, $"server {batch.Sender} is no other server of this ensemble and has not greeted this one: compare the server lists");
        }

        if (!IsProven(sender, batch.SenderIncarnation, batch.TreeCreated, batch.Proof))
        {
            NoteStranger(sender);
            return Answer(
                PeerBatchOutcome.Refused,
                $"the batch does not prove that server {sender} sent it: only servers that know the ensemble's secret may call this (secretFile, the same on all servers)");
        }

        if (batch.TreeCreated != _self.TreeCreated.Value)
        {
            // The root tree tells whichever side is behind; until then neither must hear the other.
            return Answer(PeerBatchOutcome.NotReady, $"the tree created at {_self.TreeCreated} is not the sender's, created at {new Zxid(batch.TreeCreated)}");
        }

        return batch.Payload is null || batch.Payload.Length > PeerBatch.MaxPayload || batch.Count is < 0 or > MaxMessages || batch.Number < 0
            ? Answer(PeerBatchOutcome.Refused, $"the batch is malformed or larger than {PeerBatch.MaxPayload} bytes: do all servers run the same version?")
            : null;
    }

    private PeerBatchAck? Enqueue(ServerId sender, PeerBatch batch, bool newLink, bool firstContact)
    {
        IReadOnlyList<T> messages;
        try
        {
            messages = Split(batch);
        }
        catch (FormatException e)
        {
            return Answer(PeerBatchOutcome.Refused, "a message cannot be read: " + e.Message);
        }

        return _enqueue(new IncomingBatch<T>(sender, newLink, firstContact, messages, batch.Payload.Length))
            ? null
            : Answer(PeerBatchOutcome.NotReady, "too much waits");
    }

    /// <summary>The HMAC is made once for a start of a sender; then a batch costs a comparison. A stranger's claims are not remembered.</summary>
    private bool IsProven(ServerId sender, long incarnation, long treeCreated, byte[] proof)
    {
        if (_proven.TryGetValue(sender, out var known) && (known.Incarnation, known.TreeCreated) == (incarnation, treeCreated))
        {
            return CryptographicOperations.FixedTimeEquals(known.Proof, proof);
        }

        var expected = _self.Signer.Sign(sender, _self.Self, incarnation, new Zxid(treeCreated));
        var proven = CryptographicOperations.FixedTimeEquals(expected, proof);
        if (proven)
        {
            _proven[sender] = new Proven(incarnation, treeCreated, expected);
        }

        return proven;
    }

    private void NoteStranger(ServerId claimed)
    {
        GrainKeeperMetrics.StrangerRefused();
        _strangers++;
        var now = Environment.TickCount64;
        if (_strangersLogged is { } last && now - last < LogInterval)
        {
            return;
        }

        _strangersLogged = now;
        _logger.LogWarning(
            "Refused {Count} batches that claim to come from a server, the last from server {Claimed}, but do not prove it: either somebody at a gateway pretends to be a server, or that server has another secret",
            _strangers,
            claimed);
    }

    private T[] Split(PeerBatch batch)
    {
        var messages = new T[batch.Count];
        ReadOnlyMemory<byte> rest = batch.Payload;
        for (var i = 0; i < messages.Length; i++)
        {
            var length = rest.Length >= 4 ? BinaryPrimitives.ReadInt32BigEndian(rest.Span) : -1;
            if (length < 0 || length > rest.Length - 4)
            {
                throw new FormatException($"message {i} of {batch.Count} does not fit the batch");
            }

            messages[i] = _decode(rest.Slice(4, length));
            rest = rest[(4 + length)..];
        }

        return rest.IsEmpty ? messages : throw new FormatException($"{rest.Length} bytes follow the last of {batch.Count} messages");
    }

    private PeerBatchAck Answer(PeerBatchOutcome outcome, string? reason) => new(outcome, _self.Incarnation, reason);

    private readonly record struct Proven(long Incarnation, long TreeCreated, byte[] Proof);

    private sealed class Position(long incarnation, long link)
    {
        private readonly Dictionary<long, PeerBatch> _held = [];
        private long _heldBytes;

        public long Incarnation => incarnation;

        public long Link => link;

        public long Next { get; private set; } = 1;

        public PeerBatch? NextHeld => _held.GetValueOrDefault(Next);

        public bool Hold(PeerBatch batch, int most, long mostBytes)
        {
            if (_held.Count >= most || _heldBytes + batch.Payload.Length > mostBytes)
            {
                return false;
            }

            if (_held.TryAdd(batch.Number, batch))
            {
                _heldBytes += batch.Payload.Length;
            }

            return true;
        }

        public void Taken()
        {
            if (_held.Remove(Next, out var held))
            {
                _heldBytes -= held.Payload.Length;
            }

            Next++;
        }
    }
}

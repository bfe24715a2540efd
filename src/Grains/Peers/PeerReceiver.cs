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

    /// <summary>Takes a batch, or says why not.</summary>
    public PeerBatchAck Deliver(PeerBatch batch)
    {
        var sender = new ServerId(batch.Sender);
        if (sender == _self.Self)
        {
            return Answer(PeerBatchOutcome.Refused, $"server {sender} is this server itself: compare the server lists");
        }

        if (!_isPeer(sender))
        {
            // It may be about to be added: its hello, or the reconfiguration, is on its way.
            return Answer(PeerBatchOutcome.NotReady, $"server {batch.Sender} is no other server of this ensemble and has not greeted this one: compare the server lists");
        }

        if (!IsProven(sender, batch))
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

        if (batch.Payload is null || batch.Payload.Length > PeerBatch.MaxPayload || batch.Count is < 0 or > MaxMessages || batch.Number < 0)
        {
            return Answer(PeerBatchOutcome.Refused, $"the batch is malformed or larger than {PeerBatch.MaxPayload} bytes: do all servers run the same version?");
        }

        if (batch.Number == 0)
        {
            return batch is { Count: 0, Payload.Length: 0 }
                ? Answer(PeerBatchOutcome.Accepted, null)
                : Answer(PeerBatchOutcome.Refused, "a probe must be empty");
        }

        var known = _positions.TryGetValue(sender, out var position);
        var order = known ? (batch.SenderIncarnation, batch.Link).CompareTo((position.Incarnation, position.Link)) : 1;
        if (order < 0)
        {
            return Answer(PeerBatchOutcome.Reset, "a newer link is known");
        }

        if (order == 0 && batch.Number < position.Next)
        {
            return Answer(PeerBatchOutcome.Accepted, null);
        }

        if (batch.Number != (order == 0 ? position.Next : 1))
        {
            return Answer(PeerBatchOutcome.Reset, $"batch {batch.Number} came where {(order == 0 ? position.Next : 1)} was due");
        }

        IReadOnlyList<T> messages;
        try
        {
            messages = Split(batch);
        }
        catch (FormatException e)
        {
            return Answer(PeerBatchOutcome.Refused, "a message cannot be read: " + e.Message);
        }

        if (!_enqueue(new IncomingBatch<T>(sender, known && order > 0, order > 0, messages, batch.Payload.Length)))
        {
            return Answer(PeerBatchOutcome.NotReady, "too much waits");
        }

        _positions[sender] = new Position(batch.SenderIncarnation, batch.Link, batch.Number + 1);
        return Answer(PeerBatchOutcome.Accepted, null);
    }

    /// <summary>The HMAC is made once for a start of a sender; then a batch costs a comparison. A stranger's claims are not remembered.</summary>
    private bool IsProven(ServerId sender, PeerBatch batch)
    {
        if (_proven.TryGetValue(sender, out var known) && (known.Incarnation, known.TreeCreated) == (batch.SenderIncarnation, batch.TreeCreated))
        {
            return CryptographicOperations.FixedTimeEquals(known.Proof, batch.Proof);
        }

        var expected = _self.Signer.Sign(sender, _self.Self, batch.SenderIncarnation, new Zxid(batch.TreeCreated));
        var proven = CryptographicOperations.FixedTimeEquals(expected, batch.Proof);
        if (proven)
        {
            _proven[sender] = new Proven(batch.SenderIncarnation, batch.TreeCreated, expected);
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

    private readonly record struct Position(long Incarnation, long Link, long Next);
}

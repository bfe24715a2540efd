using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <summary>
/// The bytes of a <see cref="ZabEnvelope"/>: a format byte, a type byte, channel and sequence, then the message's fields in order,
/// integers little-endian, byte runs behind a 32-bit length. Nothing may follow the last field.
/// </summary>
public static class ZabEnvelopeCodec
{
    private const byte Format = 1;
    private const int HeaderLength = 18;
    private const int TxnHeaderLength = 13;

    /// <summary>The most characters of a reason that are sent; the rest is cut off.</summary>
    public const int MaxReasonLength = 200;

    private enum Tag : byte
    {
        FollowerInfo = 1,
        LeaderInfo = 2,
        AckEpoch = 3,
        SyncDiff = 4,
        SyncTruncate = 5,
        SyncSnapshot = 6,
        SnapshotChunk = 7,
        SnapshotChunkReceived = 8,
        NewLeader = 9,
        AckNewLeader = 10,
        UpToDate = 11,
        Proposals = 12,
        Ack = 13,
        Commit = 14,
        Ping = 15,
        Pong = 16,
        Application = 17,
        Leaving = 18,
        Confirm = 19,
        Confirmed = 20,
    }

    /// <summary>Appends the bytes of an envelope.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="envelope">The envelope.</param>
    public static void Encode(IBufferWriter<byte> output, ZabEnvelope envelope)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(envelope);
        var w = new Writer(output);
        switch (envelope.Message)
        {
            case ZabMessage.FollowerInfo m:
                w.Header(envelope, Tag.FollowerInfo, 13);
                w.Int(m.AcceptedEpoch.Value);
                w.Bool(m.Observer);
                w.Long(m.ConfigurationVersion.Value);
                break;
            case ZabMessage.LeaderInfo m:
                w.Header(envelope, Tag.LeaderInfo, 4);
                w.Int(m.NewEpoch.Value);
                break;
            case ZabMessage.AckEpoch m:
                w.Header(envelope, Tag.AckEpoch, 25);
                w.Int(m.CurrentEpoch.Value);
                w.Long(m.LastZxid.Value);
                w.Long(m.OldestZxid.Value);
                w.Bool(m.NewlyAccepted);
                w.Int(m.Promised.Value);
                break;
            case ZabMessage.SyncDiff m:
                w.Header(envelope, Tag.SyncDiff, 8);
                w.Long(m.UpTo.Value);
                break;
            case ZabMessage.SyncTruncate m:
                w.Header(envelope, Tag.SyncTruncate, 16);
                w.Long(m.KeepUpTo.Value);
                w.Long(m.UpTo.Value);
                break;
            case ZabMessage.SyncSnapshot m:
                w.Header(envelope, Tag.SyncSnapshot, 16);
                w.Long(m.Zxid.Value);
                w.Long(m.UpTo.Value);
                break;
            case ZabMessage.SnapshotChunk m:
                w.Header(envelope, Tag.SnapshotChunk, 9 + m.Data.Length);
                w.Int(m.Index);
                w.Bool(m.Last);
                w.Bytes(m.Data.Span);
                break;
            case ZabMessage.SnapshotChunkReceived m:
                w.Header(envelope, Tag.SnapshotChunkReceived, 4);
                w.Int(m.Index);
                break;
            case ZabMessage.NewLeader m:
                w.Header(envelope, Tag.NewLeader, 12);
                w.Int(m.Epoch.Value);
                w.Long(m.LastZxid.Value);
                break;
            case ZabMessage.AckNewLeader m:
                w.Header(envelope, Tag.AckNewLeader, 8);
                w.Long(m.LastZxid.Value);
                break;
            case ZabMessage.UpToDate m:
                w.Header(envelope, Tag.UpToDate, 8);
                w.Long(m.Committed.Value);
                break;
            case ZabMessage.Proposals m:
                EncodeProposals(ref w, envelope, m);
                break;
            case ZabMessage.Ack m:
                w.Header(envelope, Tag.Ack, 8);
                w.Long(m.UpTo.Value);
                break;
            case ZabMessage.Commit m:
                w.Header(envelope, Tag.Commit, 8);
                w.Long(m.UpTo.Value);
                break;
            case ZabMessage.Ping m:
                w.Header(envelope, Tag.Ping, 8);
                w.Long(m.Committed.Value);
                break;
            case ZabMessage.Pong:
                w.Header(envelope, Tag.Pong, 0);
                break;
            case ZabMessage.Application m:
                w.Header(envelope, Tag.Application, 4 + m.Payload.Length);
                w.Bytes(m.Payload.Span);
                break;
            case ZabMessage.Leaving m:
                var reason = Encoding.UTF8.GetBytes(m.Reason.Length <= MaxReasonLength ? m.Reason : m.Reason[..MaxReasonLength]);
                w.Header(envelope, Tag.Leaving, 4 + reason.Length);
                w.Bytes(reason);
                break;
            case ZabMessage.Confirm m:
                w.Header(envelope, Tag.Confirm, 8);
                w.Long(m.Round);
                break;
            case ZabMessage.Confirmed m:
                w.Header(envelope, Tag.Confirmed, 8);
                w.Long(m.Round);
                break;
            default:
                throw new UnreachableException($"unknown message {envelope.Message.GetType().Name}");
        }

        w.Done();
    }

    /// <summary>Reads an envelope. Payloads and chunks of the result are slices of the input, which must therefore not change afterwards.</summary>
    /// <param name="input">The bytes of exactly one envelope.</param>
    /// <exception cref="FormatException">The bytes are cut short, too long, or hold a value out of range.</exception>
    public static ZabEnvelope Decode(ReadOnlyMemory<byte> input)
    {
        var r = new Reader(input);
        var format = r.Byte("format");
        if (format != Format)
        {
            throw new FormatException($"ZAB envelope: format {format} is unknown, this server reads {Format}: run the same version on every server");
        }

        var tag = (Tag)r.Byte("type");
        var channel = r.Long("channel");
        var sequence = r.Long("sequence");
        if (channel < 0 || sequence < 0)
        {
            throw new FormatException($"ZAB envelope: channel {channel} or sequence {sequence} is negative");
        }

        ZabMessage message = tag switch
        {
            Tag.FollowerInfo => new ZabMessage.FollowerInfo(r.Epoch(), r.Bool("observer"), r.Zxid()),
            Tag.LeaderInfo => new ZabMessage.LeaderInfo(r.Epoch()),
            Tag.AckEpoch => new ZabMessage.AckEpoch(r.Epoch(), r.Zxid(), r.Zxid(), r.Bool("newlyAccepted"), r.Epoch()),
            Tag.SyncDiff => new ZabMessage.SyncDiff(r.Zxid()),
            Tag.SyncTruncate => new ZabMessage.SyncTruncate(r.Zxid(), r.Zxid()),
            Tag.SyncSnapshot => new ZabMessage.SyncSnapshot(r.Zxid(), r.Zxid()),
            Tag.SnapshotChunk => new ZabMessage.SnapshotChunk(r.Index(), r.Bool("last"), r.Bytes("chunk")),
            Tag.SnapshotChunkReceived => new ZabMessage.SnapshotChunkReceived(r.Index()),
            Tag.NewLeader => new ZabMessage.NewLeader(r.Epoch(), r.Zxid()),
            Tag.AckNewLeader => new ZabMessage.AckNewLeader(r.Zxid()),
            Tag.UpToDate => new ZabMessage.UpToDate(r.Zxid()),
            Tag.Proposals => new ZabMessage.Proposals(DecodeTxns(ref r, out var committed), committed),
            Tag.Ack => new ZabMessage.Ack(r.Zxid()),
            Tag.Commit => new ZabMessage.Commit(r.Zxid()),
            Tag.Ping => new ZabMessage.Ping(r.Zxid()),
            Tag.Pong => new ZabMessage.Pong(),
            Tag.Application => new ZabMessage.Application(r.Bytes("payload")),
            Tag.Leaving => new ZabMessage.Leaving(r.Reason()),
            Tag.Confirm => new ZabMessage.Confirm(r.Long("round")),
            Tag.Confirmed => new ZabMessage.Confirmed(r.Long("round")),
            _ => throw new FormatException($"ZAB envelope: message type {(byte)tag} is unknown"),
        };
        r.End();
        return new ZabEnvelope(channel, sequence, message);
    }

    private static void EncodeProposals(ref Writer w, ZabEnvelope envelope, ZabMessage.Proposals m)
    {
        long size = 12;
        for (var i = 0; i < m.Txns.Count; i++)
        {
            size += TxnHeaderLength + m.Txns[i].Payload.Length;
        }

        w.Header(envelope, Tag.Proposals, checked((int)size));
        w.Long(m.Committed.Value);
        w.Int(m.Txns.Count);
        for (var i = 0; i < m.Txns.Count; i++)
        {
            var txn = m.Txns[i];
            w.Long(txn.Zxid.Value);
            w.Byte((byte)txn.Kind);
            w.Bytes(txn.Payload.Span);
        }
    }

    private static Txn[] DecodeTxns(ref Reader r, out Zxid committed)
    {
        committed = r.Zxid();
        var count = r.Int("count");
        if (count < 1 || (long)count * TxnHeaderLength > r.Remaining)
        {
            throw new FormatException($"ZAB envelope: {count} transactions do not fit the {r.Remaining} bytes left");
        }

        var txns = new Txn[count];
        for (var i = 0; i < count; i++)
        {
            var zxid = r.Zxid();
            var kind = r.Byte("kind");
            if (kind > (byte)TxnKind.Reconfiguration)
            {
                throw new FormatException($"ZAB envelope: transaction {zxid} has the unknown kind {kind}");
            }

            txns[i] = new Txn(zxid, (TxnKind)kind, r.Bytes("transaction"));
        }

        return txns;
    }

    private ref struct Writer(IBufferWriter<byte> output)
    {
        private readonly IBufferWriter<byte> _output = output;
        private Span<byte> _span;
        private int _position;

        public void Header(ZabEnvelope envelope, Tag tag, int body)
        {
            _span = _output.GetSpan(HeaderLength + body);
            Byte(Format);
            Byte((byte)tag);
            Long(envelope.Channel);
            Long(envelope.Sequence);
        }

        public void Byte(byte value) => _span[_position++] = value;

        public void Bool(bool value) => Byte(value ? (byte)1 : (byte)0);

        public void Int(int value)
        {
            BinaryPrimitives.WriteInt32LittleEndian(_span[_position..], value);
            _position += 4;
        }

        public void Long(long value)
        {
            BinaryPrimitives.WriteInt64LittleEndian(_span[_position..], value);
            _position += 8;
        }

        public void Bytes(ReadOnlySpan<byte> value)
        {
            Int(value.Length);
            value.CopyTo(_span[_position..]);
            _position += value.Length;
        }

        public readonly void Done() => _output.Advance(_position);
    }

    private ref struct Reader(ReadOnlyMemory<byte> input)
    {
        private readonly ReadOnlyMemory<byte> _input = input;
        private int _position;

        public readonly int Remaining => _input.Length - _position;

        public byte Byte(string what) => Take(1, what)[0];

        public int Int(string what) => BinaryPrimitives.ReadInt32LittleEndian(Take(4, what));

        public long Long(string what) => BinaryPrimitives.ReadInt64LittleEndian(Take(8, what));

        public bool Bool(string what) => Byte(what) switch
        {
            0 => false,
            1 => true,
            var other => throw new FormatException($"ZAB envelope: {what} is {other} instead of 0 or 1"),
        };

        public int Index()
        {
            var value = Int("index");
            return value >= 0 ? value : throw new FormatException($"ZAB envelope: chunk index {value} is negative");
        }

        public Epoch Epoch()
        {
            var value = Int("epoch");
            return value >= 0 ? new Epoch(value) : throw new FormatException($"ZAB envelope: epoch {value} is negative");
        }

        public Zxid Zxid()
        {
            var value = Long("zxid");
            return value >= 0 ? new Zxid(value) : throw new FormatException($"ZAB envelope: zxid 0x{value:x} is negative");
        }

        public ReadOnlyMemory<byte> Bytes(string what)
        {
            var length = Int(what);
            if (length < 0 || length > Remaining)
            {
                throw new FormatException($"ZAB envelope: {what} of {length} bytes does not fit the {Remaining} bytes left");
            }

            var slice = _input.Slice(_position, length);
            _position += length;
            return slice;
        }

        public string Reason()
        {
            var bytes = Bytes("reason");
            var text = Encoding.UTF8.GetString(bytes.Span);
            return text.Length <= MaxReasonLength
                ? text
                : throw new FormatException($"ZAB envelope: a reason of {text.Length} characters exceeds {MaxReasonLength}");
        }

        public readonly void End()
        {
            if (Remaining != 0)
            {
                throw new FormatException($"ZAB envelope: {Remaining} bytes follow the message");
            }
        }

        private ReadOnlySpan<byte> Take(int count, string what)
        {
            if (count > Remaining)
            {
                throw new FormatException($"ZAB envelope: cut short at byte {_position}, in {what}");
            }

            var span = _input.Span.Slice(_position, count);
            _position += count;
            return span;
        }
    }
}

using System.Buffers;
using System.Buffers.Binary;
using GrainKeeper.Core.Election.Authenticated;
using GrainKeeper.Core.Election.Fast;
using GrainKeeper.Core.Election.Polling;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Election;

/// <summary>
/// The bytes of election messages: a format number, a kind, then fixed fields, big-endian. Every kind has exactly one length,
/// so that a cut or lengthened message is always refused.
/// </summary>
public static class ElectionMessageCodec
{
    /// <summary>The longest message, in bytes.</summary>
    public const int MaxLength = HeaderLength + NotificationLength + (2 * SignedNotification.NonceLength) + 8 + SignedNotification.MacLength;

    private const byte Format = 1;
    private const byte NotificationKind = 1;
    private const byte RequestKind = 2;
    private const byte ReplyKind = 3;
    private const byte SignedKind = 4;
    private const byte ChallengeKind = 5;
    private const int HeaderLength = 2;
    private const int VoteLength = 1 + 8 + 4;
    private const int NotificationLength = 1 + VoteLength + 8;
    private const int ReplyLength = 8 + 1 + VoteLength;
    private const int ChallengeLength = (2 * SignedNotification.NonceLength) + SignedNotification.MacLength;

    /// <summary>Writes a message.</summary>
    /// <exception cref="ArgumentException">A nonce, challenge or signature has the wrong length, or the message is of a foreign type.</exception>
    public static void Encode(IBufferWriter<byte> output, ElectionMessage message)
    {
        var span = output.GetSpan(MaxLength);
        span[0] = Format;
        var body = span[HeaderLength..];
        int length;
        switch (message)
        {
            case FastNotification notification:
                span[1] = NotificationKind;
                length = WriteNotification(body, notification);
                break;
            case VoteRequest request:
                span[1] = RequestKind;
                BinaryPrimitives.WriteInt64BigEndian(body, request.Poll);
                length = 8;
                break;
            case VoteReply reply:
                span[1] = ReplyKind;
                BinaryPrimitives.WriteInt64BigEndian(body, reply.Poll);
                body[8] = (byte)reply.State;
                length = 9 + WriteVote(body[9..], reply.Vote);
                break;
            case SignedNotification signed:
                span[1] = SignedKind;
                length = WriteNotification(body, signed.Notification);
                length += WriteFixed(body[length..], signed.Nonce.Span, SignedNotification.NonceLength);
                length += WriteFixed(body[length..], signed.Challenge.Span, SignedNotification.NonceLength);
                BinaryPrimitives.WriteInt64BigEndian(body[length..], signed.Sequence);
                length += 8;
                length += WriteFixed(body[length..], signed.Mac.Span, SignedNotification.MacLength);
                break;
            case Challenge challenge:
                span[1] = ChallengeKind;
                length = WriteFixed(body, challenge.Value.Span, SignedNotification.NonceLength);
                length += WriteFixed(body[length..], challenge.Nonce.Span, SignedNotification.NonceLength);
                length += WriteFixed(body[length..], challenge.Mac.Span, SignedNotification.MacLength);
                break;
            default:
                throw new ArgumentException($"{message.GetType().Name} is no election message of this codec", nameof(message));
        }

        output.Advance(HeaderLength + length);
    }

    /// <summary>Reads a message. Nonces, challenges and signatures are slices of the input.</summary>
    /// <exception cref="FormatException">The bytes are no election message: wrong format number, kind, length or a value out of range.</exception>
    public static ElectionMessage Decode(ReadOnlyMemory<byte> input)
    {
        if (input.Length is < HeaderLength or > MaxLength)
        {
            throw new FormatException($"an election message has {HeaderLength} to {MaxLength} bytes, this one {input.Length}");
        }

        if (input.Span[0] != Format)
        {
            throw new FormatException($"election message format {input.Span[0]} is unknown, this server speaks {Format}: run the same version on all servers");
        }

        var body = input[HeaderLength..];
        switch (input.Span[1])
        {
            case NotificationKind:
                Expect(body, NotificationLength, nameof(FastNotification));
                return ReadNotification(body.Span);
            case RequestKind:
                Expect(body, 8, nameof(VoteRequest));
                return new VoteRequest(BinaryPrimitives.ReadInt64BigEndian(body.Span));
            case ReplyKind:
                Expect(body, ReplyLength, nameof(VoteReply));
                return new VoteReply(BinaryPrimitives.ReadInt64BigEndian(body.Span), ReadVote(body.Span[9..]), ReadState(body.Span[8]));
            case SignedKind:
                Expect(body, MaxLength - HeaderLength, nameof(SignedNotification));
                return ReadSigned(body);
            case ChallengeKind:
                Expect(body, ChallengeLength, nameof(Challenge));
                return new Challenge(
                    body[..SignedNotification.NonceLength],
                    body.Slice(SignedNotification.NonceLength, SignedNotification.NonceLength),
                    body[(2 * SignedNotification.NonceLength)..]);
            default:
                throw new FormatException($"election message kind {input.Span[1]} is unknown");
        }
    }

    /// <summary>Writes the fields that a signature covers, too.</summary>
    internal static int WriteNotification(Span<byte> output, FastNotification notification)
    {
        output[0] = (byte)notification.State;
        var length = 1 + WriteVote(output[1..], notification.Vote);
        BinaryPrimitives.WriteInt64BigEndian(output[length..], notification.Round);
        return length + 8;
    }

    private static SignedNotification ReadSigned(ReadOnlyMemory<byte> body)
    {
        var nonce = body.Slice(NotificationLength, SignedNotification.NonceLength);
        var challenge = body.Slice(NotificationLength + SignedNotification.NonceLength, SignedNotification.NonceLength);
        var rest = body[(NotificationLength + (2 * SignedNotification.NonceLength))..];
        var sequence = BinaryPrimitives.ReadInt64BigEndian(rest.Span);
        if (sequence < 1)
        {
            throw new FormatException($"sequence {sequence} of a signed notification is below 1");
        }

        return new SignedNotification(ReadNotification(body.Span), nonce, challenge, sequence, rest[8..]);
    }

    private static FastNotification ReadNotification(ReadOnlySpan<byte> input)
    {
        var state = ReadState(input[0]);
        var vote = ReadVote(input[1..]);
        var round = BinaryPrimitives.ReadInt64BigEndian(input[(1 + VoteLength)..]);
        return VoteRules.IsRound(round) ? new FastNotification(vote, round, state) : throw new FormatException($"round {round} is outside 1..{VoteRules.MaxRound}");
    }

    private static int WriteVote(Span<byte> output, Vote vote)
    {
        output[0] = checked((byte)vote.Leader.Value);
        BinaryPrimitives.WriteInt64BigEndian(output[1..], vote.LastZxid.Value);
        BinaryPrimitives.WriteInt32BigEndian(output[9..], vote.PeerEpoch.Value);
        return VoteLength;
    }

    private static Vote ReadVote(ReadOnlySpan<byte> input)
    {
        var vote = new Vote(
            new ServerId(input[0]),
            new Zxid(BinaryPrimitives.ReadInt64BigEndian(input[1..])),
            new Epoch(BinaryPrimitives.ReadInt32BigEndian(input[9..])));
        return VoteRules.IsWellFormed(vote) ? vote : throw new FormatException($"vote {vote} has a negative zxid or epoch");
    }

    private static ElectionState ReadState(byte value) =>
        value <= (byte)ElectionState.Observing ? (ElectionState)value : throw new FormatException($"election state {value} is unknown");

    private static int WriteFixed(Span<byte> output, ReadOnlySpan<byte> value, int length)
    {
        if (value.Length != length)
        {
            throw new ArgumentException($"{length} bytes expected, not {value.Length}", nameof(value));
        }

        value.CopyTo(output);
        return length;
    }

    private static void Expect(ReadOnlyMemory<byte> body, int length, string kind)
    {
        if (body.Length != length)
        {
            throw new FormatException($"the body of a {kind} has {length} bytes, this one {body.Length}");
        }
    }
}

using System.Buffers.Binary;
using System.Security.Cryptography;
using GrainKeeper.Core.Election.Fast;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Election.Authenticated;

/// <summary>Makes and checks the signatures of one server's election messages: HMAC-SHA256 under the ensemble's secret.</summary>
internal sealed class NotificationSigner(ReadOnlyMemory<byte> secret)
{
    private const byte NotificationPurpose = 1;
    private const byte ChallengePurpose = 2;
    private const byte NoncePurpose = 3;

    // The longest signed text is that of a notification; its encoded form is longer.
    private const int MaxText = ElectionMessageCodec.MaxLength;

    private readonly byte[] _secret = secret.ToArray();

    internal SignedNotification Sign(
        ServerId from, ServerId to, FastNotification notification, ReadOnlyMemory<byte> nonce, ReadOnlyMemory<byte> challenge, long sequence)
    {
        var unsigned = new SignedNotification(notification, nonce, challenge, sequence, default);
        var mac = new byte[SignedNotification.MacLength];
        Mac(from, to, unsigned, mac);
        return unsigned with { Mac = mac };
    }

    internal Challenge Sign(ServerId from, ServerId to, ReadOnlyMemory<byte> value, ReadOnlyMemory<byte> nonce)
    {
        var unsigned = new Challenge(value, nonce, default);
        var mac = new byte[SignedNotification.MacLength];
        Mac(from, to, unsigned, mac);
        return unsigned with { Mac = mac };
    }

    internal bool IsGenuine(ServerId from, ServerId to, SignedNotification message)
    {
        if (message.Nonce.Length != SignedNotification.NonceLength || message.Challenge.Length != SignedNotification.NonceLength)
        {
            return false;
        }

        Span<byte> mac = stackalloc byte[SignedNotification.MacLength];
        Mac(from, to, message, mac);
        return CryptographicOperations.FixedTimeEquals(mac, message.Mac.Span);
    }

    internal bool IsGenuine(ServerId from, ServerId to, Challenge message)
    {
        if (message.Value.Length != SignedNotification.NonceLength || message.Nonce.Length != SignedNotification.NonceLength)
        {
            return false;
        }

        Span<byte> mac = stackalloc byte[SignedNotification.MacLength];
        Mac(from, to, message, mac);
        return CryptographicOperations.FixedTimeEquals(mac, message.Mac.Span);
    }

    /// <summary>A value that nobody without the secret can foresee, and that differs for each number, server and start.</summary>
    internal byte[] Nonce(ServerId self, int seed, Now start, long number)
    {
        Span<byte> text = stackalloc byte[1 + 4 + 4 + 8 + 8 + 8];
        text[0] = NoncePurpose;
        BinaryPrimitives.WriteInt32BigEndian(text[1..], self.Value);
        BinaryPrimitives.WriteInt32BigEndian(text[5..], seed);
        BinaryPrimitives.WriteInt64BigEndian(text[9..], start.Monotonic);
        BinaryPrimitives.WriteInt64BigEndian(text[17..], start.Wall);
        BinaryPrimitives.WriteInt64BigEndian(text[25..], number);
        return HMACSHA256.HashData(_secret, text)[..SignedNotification.NonceLength];
    }

    private void Mac(ServerId from, ServerId to, SignedNotification message, Span<byte> mac)
    {
        Span<byte> text = stackalloc byte[MaxText];
        var length = WriteHeader(text, NotificationPurpose, from, to);
        length += ElectionMessageCodec.WriteNotification(text[length..], message.Notification);
        length += Append(text[length..], message.Nonce.Span);
        length += Append(text[length..], message.Challenge.Span);
        BinaryPrimitives.WriteInt64BigEndian(text[length..], message.Sequence);
        HMACSHA256.HashData(_secret, text[..(length + 8)], mac);
    }

    private void Mac(ServerId from, ServerId to, Challenge message, Span<byte> mac)
    {
        Span<byte> text = stackalloc byte[MaxText];
        var length = WriteHeader(text, ChallengePurpose, from, to);
        length += Append(text[length..], message.Value.Span);
        length += Append(text[length..], message.Nonce.Span);
        HMACSHA256.HashData(_secret, text[..length], mac);
    }

    private static int WriteHeader(Span<byte> text, byte purpose, ServerId from, ServerId to)
    {
        text[0] = purpose;
        BinaryPrimitives.WriteInt32BigEndian(text[1..], from.Value);
        BinaryPrimitives.WriteInt32BigEndian(text[5..], to.Value);
        return 9;
    }

    private static int Append(Span<byte> text, ReadOnlySpan<byte> value)
    {
        value.CopyTo(text);
        return value.Length;
    }
}

using System.Buffers.Binary;
using System.Text;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Silo.Membership;

/// <summary>Who one side of a hello says it is.</summary>
/// <param name="ClusterId">Its ensemble.</param>
/// <param name="From">Its server id.</param>
/// <param name="To">The server it believes to talk to.</param>
/// <param name="Silo">Its silo's address and generation.</param>
/// <param name="ListDigest">A digest of the server list it runs with.</param>
/// <param name="Nonce">Fresh random bytes, so that no proof can be replayed.</param>
internal sealed record HelloIdentity(string ClusterId, ServerId From, ServerId To, SiloAddress Silo, ulong ListDigest, ReadOnlyMemory<byte> Nonce)
{
    private const int MaxSiloBytes = 80;

    /// <summary>The bytes that travel and that the proofs cover.</summary>
    public byte[] Encode()
    {
        var cluster = Encoding.UTF8.GetBytes(ClusterId);
        var silo = Encoding.ASCII.GetBytes(Silo.ToParsableString());
        var bytes = new byte[1 + cluster.Length + 2 + 1 + silo.Length + 8 + HelloProtocol.NonceBytes];
        var rest = bytes.AsSpan();
        WriteText(ref rest, cluster);
        rest[0] = (byte)From.Value;
        rest[1] = (byte)To.Value;
        rest = rest[2..];
        WriteText(ref rest, silo);
        BinaryPrimitives.WriteUInt64BigEndian(rest, ListDigest);
        Nonce.Span.CopyTo(rest[8..]);
        return bytes;
    }

    /// <exception cref="HelloException">The bytes are no identity.</exception>
    public static HelloIdentity Decode(ReadOnlySpan<byte> bytes)
    {
        var rest = bytes;
        var cluster = Encoding.UTF8.GetString(ReadText(ref rest, HelloProtocol.MaxClusterIdBytes));
        if (rest.Length < 2)
        {
            throw Malformed();
        }

        var (from, to) = (new ServerId(rest[0]), new ServerId(rest[1]));
        rest = rest[2..];
        var silo = ParseSilo(Encoding.ASCII.GetString(ReadText(ref rest, MaxSiloBytes)));
        if (rest.Length != 8 + HelloProtocol.NonceBytes)
        {
            throw Malformed();
        }

        return new HelloIdentity(cluster, from, to, silo, BinaryPrimitives.ReadUInt64BigEndian(rest), rest[8..].ToArray());
    }

    private static HelloException Malformed() => new("the peer's identity is malformed");

    private static void WriteText(ref Span<byte> rest, byte[] text)
    {
        rest[0] = checked((byte)text.Length);
        text.CopyTo(rest[1..]);
        rest = rest[(1 + text.Length)..];
    }

    private static ReadOnlySpan<byte> ReadText(ref ReadOnlySpan<byte> rest, int max)
    {
        if (rest.Length < 1 || rest[0] is 0 || rest[0] > max || rest.Length < 1 + rest[0])
        {
            throw Malformed();
        }

        var text = rest.Slice(1, rest[0]);
        rest = rest[(1 + rest[0])..];
        return text;
    }

    private static SiloAddress ParseSilo(string text)
    {
        try
        {
            return SiloAddress.FromParsableString(text);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or OverflowException or IndexOutOfRangeException)
        {
            throw Malformed();
        }
    }
}

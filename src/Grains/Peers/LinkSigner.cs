using System.Security.Cryptography;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Grains.Peers;

/// <summary>
/// What batches prove their origin with: an HMAC-SHA256 under the ensemble's secret over all that names a link. A client of a gateway can call every grain, but does not know the secret.
/// It is made once for a link and looked at with every batch; what travels between servers in the clear can be copied, against which TLS (<c>sslQuorum</c>) helps.
/// </summary>
/// <param name="secret">The ensemble's secret.</param>
/// <param name="clusterId">The ensemble.</param>
/// <param name="tree">The tree.</param>
/// <param name="kind">What the links carry: those of an election prove nothing to a replica.</param>
internal sealed class LinkSigner(ReadOnlyMemory<byte> secret, string clusterId, string tree, string kind)
{
    /// <summary>Length of a proof in bytes.</summary>
    public const int Length = HMACSHA256.HashSizeInBytes;

    // No other use of the secret signs a text that begins so.
    private const string Purpose = "GrainKeeper link 1";

    /// <summary>Makes the proof of a link.</summary>
    /// <param name="from">The sender.</param>
    /// <param name="to">The receiver.</param>
    /// <param name="incarnation">The sender's incarnation.</param>
    /// <param name="treeCreated">The sender's tree.</param>
    public byte[] Sign(ServerId from, ServerId to, long incarnation, Zxid treeCreated)
    {
        using var text = new MemoryStream();
        using var writer = new BinaryWriter(text);
        foreach (var part in (ReadOnlySpan<string>)[Purpose, clusterId, tree, kind])
        {
            writer.Write(part);
        }

        foreach (var part in (ReadOnlySpan<long>)[from.Value, to.Value, incarnation, treeCreated.Value])
        {
            writer.Write(part);
        }

        writer.Flush();
        return HMACSHA256.HashData(secret.Span, text.GetBuffer().AsSpan(0, (int)text.Length));
    }
}

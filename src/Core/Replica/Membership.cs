using System.Buffers;
using System.Text;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Replica;

/// <summary>What a reconfiguration put in force.</summary>
/// <param name="Quorum">Who votes; its version is the reconfiguration's zxid.</param>
/// <param name="Text">The server list with addresses, as <c>/zookeeper/config</c> holds it, version included; not changed afterwards.</param>
public sealed record Membership(QuorumConfiguration Quorum, ReadOnlyMemory<byte> Text)
{
    /// <summary>Reads a server list with its version.</summary>
    /// <exception cref="FormatException">The text is none, or no quorum could form by it.</exception>
    public static Membership Parse(string text)
    {
        var list = MembershipText.Parse(text);
        try
        {
            return list.Version > Zxid.Zero
                ? new Membership(list.ToQuorum(), Encoding.UTF8.GetBytes(text))
                : throw new FormatException("the server list has no version");
        }
        catch (ArgumentException e)
        {
            throw new FormatException("the server list is not valid: " + e.Message, e);
        }
    }

    /// <summary>The bytes of a reconfiguration's transaction: the quorum rules, which ZAB reads, and then the change of the tree.</summary>
    internal static byte[] Compose(QuorumConfiguration quorum, ReadOnlySpan<byte> change)
    {
        var payload = new ArrayBufferWriter<byte>(256 + change.Length);
        QuorumConfigurationCodec.Encode(payload, quorum);
        payload.Write(change);
        return payload.WrittenSpan.ToArray();
    }

    /// <summary>What a transaction does to the tree.</summary>
    /// <exception cref="FormatException">A reconfiguration holds no configuration.</exception>
    public static ReadOnlySpan<byte> ChangeOf(Txn txn) => ChangeOf(txn.Kind, txn.Payload.Span);

    /// <summary>What a transaction does to the tree.</summary>
    /// <param name="kind">What it is to ZAB.</param>
    /// <param name="payload">Its bytes.</param>
    /// <exception cref="FormatException">A reconfiguration holds no configuration.</exception>
    public static ReadOnlySpan<byte> ChangeOf(TxnKind kind, ReadOnlySpan<byte> payload)
    {
        if (kind != TxnKind.Reconfiguration)
        {
            return payload;
        }

        QuorumConfigurationCodec.Decode(payload, out var length);
        return payload[length..];
    }

    /// <summary>Reads the configuration of a reconfiguration, under the version that its place in the order gives it.</summary>
    /// <exception cref="FormatException">The transaction holds none.</exception>
    internal static Membership Of(Txn txn)
    {
        var quorum = QuorumConfigurationCodec.Decode(txn.Payload.Span, out var length);
        var reader = new TxnReader(txn.Payload.Span[length..]);
        return reader.MoveNext(out var change) && change.Type == Jute.OpCode.Reconfig
            ? new Membership(new QuorumConfiguration(txn.Zxid, quorum.Members), change.Data.ToArray())
            : throw new FormatException($"reconfiguration {txn.Zxid} does not set the server list");
    }
}

using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Tests.Zab;

/// <summary>Transactions made from texts, and their bytes within a fake state.</summary>
internal static class TxnText
{
    private const int Header = 13;

    public static Zxid Z(int epoch, uint counter) => Zxid.Of(new Epoch(epoch), counter);

    public static Txn T(int epoch, uint counter, string? text = null) =>
        new(Z(epoch, counter), TxnKind.Application, Encoding.UTF8.GetBytes(text ?? $"{epoch}.{counter}"));

    /// <summary>The transactions of one epoch with counters from first to last.</summary>
    public static Txn[] Ts(int epoch, uint first, uint last)
    {
        var txns = new List<Txn>();
        for (var counter = first; counter <= last; counter++)
        {
            txns.Add(T(epoch, counter));
        }

        return [.. txns];
    }

    public static Txn Reconfiguration(int epoch, uint counter, QuorumConfiguration configuration) =>
        new(Z(epoch, counter), TxnKind.Reconfiguration, Bytes(configuration));

    public static byte[] Bytes(QuorumConfiguration configuration)
    {
        var output = new ArrayBufferWriter<byte>();
        QuorumConfigurationCodec.Encode(output, configuration);
        return output.WrittenSpan.ToArray();
    }

    public static string Text(Txn txn) => Encoding.UTF8.GetString(txn.Payload.Span);

    public static void Write(IBufferWriter<byte> output, Txn txn)
    {
        var span = output.GetSpan(Header + txn.Payload.Length);
        BinaryPrimitives.WriteInt64LittleEndian(span, txn.Zxid.Value);
        span[8] = (byte)txn.Kind;
        BinaryPrimitives.WriteInt32LittleEndian(span[9..], txn.Payload.Length);
        txn.Payload.Span.CopyTo(span[Header..]);
        output.Advance(Header + txn.Payload.Length);
    }

    public static List<Txn> ReadAll(byte[] bytes)
    {
        var txns = new List<Txn>();
        for (var at = 0; at < bytes.Length;)
        {
            if (bytes.Length - at < Header)
            {
                throw new FormatException("cut short");
            }

            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at + 9));
            if (length < 0 || bytes.Length - at - Header < length)
            {
                throw new FormatException("cut short");
            }

            txns.Add(new Txn(
                new Zxid(BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at))), (TxnKind)bytes[at + 8], bytes.AsMemory(at + Header, length)));
            at += Header + length;
        }

        return txns;
    }
}

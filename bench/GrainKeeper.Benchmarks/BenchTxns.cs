using System.Buffers;
using System.Globalization;
using System.Text;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Benchmarks;

/// <summary>Transactions as the leader makes them, over a tree of groups of a thousand nodes with paths of about 40 bytes.</summary>
internal sealed class BenchTxns(int bytes)
{
    public const int GroupSize = 1_000;

    private const long Began = 1_700_000_000_000;

    private readonly byte[] _data = [.. Enumerable.Range(0, bytes).Select(i => (byte)(i * 31))];
    private readonly ArrayBufferWriter<byte> _buffer = new(1024);

    /// <summary>The zxid of the last one made.</summary>
    public Zxid Last { get; private set; } = Zxid.Of(new Epoch(1), 0);

    public static byte[] PathOf(int node) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"/bench/group-{node / GroupSize:d5}/node-{node:d16}"));

    /// <summary>Everything that creates the given number of nodes.</summary>
    public IEnumerable<Txn> Creates(int nodes)
    {
        yield return Create("/bench"u8, 1);
        for (var node = 0; node < nodes; node++)
        {
            if (node % GroupSize == 0)
            {
                yield return Create(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"/bench/group-{node / GroupSize:d5}")), (node / GroupSize) + 1);
            }

            yield return Create(PathOf(node), (node % GroupSize) + 1);
        }
    }

    public Txn Create(ReadOnlySpan<byte> path, int parentCVersion)
    {
        var writer = Begin(OpCode.Create);
        writer.Create(OpCode.Create, path, _data, dataIsNull: false, AclList.Open, NodeKind.Persistent, 0, parentCVersion);
        return End(writer);
    }

    public Txn SetData(int node, int version)
    {
        var writer = Begin(OpCode.SetData);
        writer.SetData(OpCode.SetData, PathOf(node), _data, dataIsNull: false, version);
        return End(writer);
    }

    public Txn Delete(ReadOnlySpan<byte> path)
    {
        var writer = Begin(OpCode.Delete);
        writer.Delete(OpCode.Delete, path);
        return End(writer);
    }

    private TxnWriter Begin(OpCode type)
    {
        Last = Last.Next();
        _buffer.ResetWrittenCount();
        var writer = new TxnWriter(_buffer);
        writer.Begin(new TxnHeader(0x100_0000_0000_0001, (int)Last.Counter, Began + Last.Counter, type));
        return writer;
    }

    private Txn End(TxnWriter writer)
    {
        writer.End();
        return new Txn(Last, TxnKind.Application, _buffer.WrittenSpan.ToArray());
    }
}

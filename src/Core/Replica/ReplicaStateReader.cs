using System.Buffers;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Replica;

/// <summary>Slices of sessions first, as they were when the copy began; then those of the tree, which are fuzzy.</summary>
internal sealed class ReplicaStateReader(TreeStateReader tree, KeyValuePair<long, int>[] sessions) : IStateReader
{
    /// <summary>First byte of a slice of sessions.</summary>
    public const byte Section = (byte)'S';

    private const int BytesOfSession = 11;
    private int _next;
    private bool _sessionsDone;

    public Zxid Zxid => tree.Zxid;

    public bool ReadNext(IBufferWriter<byte> output, int targetBytes)
    {
        if (_sessionsDone)
        {
            return tree.ReadNext(output, targetBytes);
        }

        var count = Math.Min(sessions.Length - _next, Math.Max(1, targetBytes / BytesOfSession));
        var writer = new CompactWriter(output);
        writer.Byte(Section);
        writer.Unsigned((uint)count);
        foreach (var (id, timeout) in sessions.AsSpan(_next, count))
        {
            writer.Fixed64(id);
            writer.Unsigned((uint)timeout);
        }

        _next += count;
        _sessionsDone = _next == sessions.Length;
        return true;
    }
}

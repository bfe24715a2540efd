using System.Buffers;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Tree;

/// <summary>
/// A fuzzy copy of a tree under way: slices to be taken between transactions. Each slice begins with the byte <see cref="Section"/>.
/// Nodes are copied in the order of their numbers, which never change; so a node that exists all the time is in the copy once.
/// </summary>
public sealed class TreeStateReader
{
    /// <summary>First byte of each slice: what the slice is a part of. Other parts of a state in the same stream use other values.</summary>
    public const byte Section = (byte)'T';

    /// <summary>Bytes that a node takes besides path, data and ACL; an estimate to end slices by.</summary>
    private const int TypicalOverhead = 32;

    private readonly DataTree _tree;
    private readonly NodeStore _store;
    private readonly int _end;
    private readonly Dictionary<AclList, int> _sliceAcls = [];
    private byte[] _previousPath = new byte[256];
    private int _previousLength;
    private int _next;
    private long _written;
    private bool _done;

    internal TreeStateReader(DataTree tree)
    {
        _tree = tree;
        _store = tree.Store;
        _end = _store.HighWater;
        Zxid = tree.LastApplied;
    }

    /// <summary>The last transaction that is surely in the copy.</summary>
    public Zxid Zxid { get; }

    /// <summary>Writes the next slice.</summary>
    /// <param name="output">Takes the slice.</param>
    /// <param name="targetBytes">About how long it should be; the last node may exceed it.</param>
    /// <returns>False when the copy is complete with this slice.</returns>
    /// <exception cref="InvariantViolationException">The copy is complete already.</exception>
    public bool ReadNext(IBufferWriter<byte> output, int targetBytes)
    {
        Invariant.That(!_done, "a slice is read after the last one");
        var writer = new CompactWriter(output);
        writer.Byte(Section);
        writer.Byte(TreeSlice.Format);
        _sliceAcls.Clear();
        _previousLength = 0;
        long previousCzxid = 0, previousCtime = 0;
        for (var size = 0; _next < _end && size < targetBytes; _next++)
        {
            if (!_store.IsLive(_next))
            {
                // Long runs of free numbers must not make one slice take long.
                size++;
                continue;
            }

            ref var node = ref _store[_next];
            var path = _store.PathOf(_next);
            size += TypicalOverhead + path.Length + node.DataLength;
            WritePath(writer, path);
            WriteNode(writer, ref node, ref previousCzxid, ref previousCtime);
            _written++;
        }

        writer.Unsigned(0);
        _done = _next >= _end;
        writer.Byte(_done ? TreeSlice.Last : TreeSlice.More);
        if (_done)
        {
            writer.Unsigned((ulong)_written);
            writer.Fixed64(Math.Max(_tree.LastApplied.Value, _tree.FuzzyUntil.Value));
        }

        return !_done;
    }

    /// <summary>Length of the path's own part plus 1, length shared with the path before, own part.</summary>
    private void WritePath(in CompactWriter writer, ReadOnlySpan<byte> path)
    {
        var shared = path.CommonPrefixLength(_previousPath.AsSpan(0, _previousLength));
        writer.Unsigned((ulong)(path.Length - shared) + 1);
        writer.Unsigned((ulong)shared);
        writer.Raw(path[shared..]);
        if (path.Length > _previousPath.Length)
        {
            _previousPath = new byte[path.Length * 2];
        }

        path.CopyTo(_previousPath);
        _previousLength = path.Length;
    }

    private void WriteNode(in CompactWriter writer, ref TreeNode node, ref long previousCzxid, ref long previousCtime)
    {
        var kind = _store.KindOf(_next);
        writer.Byte((byte)kind);
        if (kind is NodeKind.Ephemeral or NodeKind.Ttl)
        {
            writer.Fixed64(_store.LifetimeOf(_next));
        }

        writer.NullableBytes(_store.DataOf(_next), node.NullableLength < 0);
        var acl = _store.AclOf(_next);
        if (_sliceAcls.TryGetValue(acl, out var number))
        {
            writer.Unsigned((uint)number);
        }
        else
        {
            writer.Unsigned(0);
            writer.Bytes(acl.Encoded);
            _sliceAcls.Add(acl, _sliceAcls.Count + 1);
        }

        writer.Signed(unchecked(node.Czxid - previousCzxid));
        writer.Signed(unchecked(node.Mzxid - node.Czxid));
        writer.Signed(unchecked(node.Pzxid - node.Czxid));
        writer.Signed(unchecked(node.Ctime - previousCtime));
        writer.Signed(unchecked(node.Mtime - node.Ctime));
        writer.Signed(node.Version);
        writer.Signed(node.CVersion);
        writer.Signed(node.AVersion);
        previousCzxid = node.Czxid;
        previousCtime = node.Ctime;
    }
}

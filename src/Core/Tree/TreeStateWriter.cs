using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Tree;

/// <summary>
/// Builds a tree from the slices of a <see cref="TreeStateReader"/>. A path that is in the copy twice (deleted and created again meanwhile)
/// keeps the later values; a node whose parent is not in the copy is dropped, for then both were created after the copy began, or both deleted.
/// </summary>
public sealed class TreeStateWriter
{
    private const int MostForeseen = 8;
    private readonly NodeStore _store = new();
    private readonly List<int> _unlinked = [];
    private readonly List<int> _sliceAcls = [];
    private byte[] _path = new byte[256];
    private int _pathLength;
    private int _lastParent;
    private ulong _read;
    private long _expected;
    private long _taken;
    private bool _rootSeen;
    private bool _last;
    private bool _completed;
    private Zxid _fuzzyUntil;

    /// <summary>Tells how many bytes will come, about.</summary>
    public void Expect(long bytes) => _expected = bytes;

    /// <summary>Takes the next slice.</summary>
    /// <exception cref="FormatException">The bytes are no slice, or come after the last one. The writer is then of no further use.</exception>
    public void Write(ReadOnlySpan<byte> slice)
    {
        if (_last)
        {
            throw new FormatException("a slice of the tree follows the last one");
        }

        var reader = new CompactReader(slice);
        var section = reader.Byte("section");
        var format = reader.Byte("format");
        if (section != TreeStateReader.Section || format != TreeSlice.Format)
        {
            throw new FormatException(
                $"a slice of section {section}, format {format} is not a tree's (section {TreeStateReader.Section}, format {TreeSlice.Format})");
        }

        Reserve(slice.Length);
        _sliceAcls.Clear();
        _pathLength = 0;
        long czxid = 0, ctime = 0;
        while (reader.Unsigned("path length") is var suffix && suffix != 0)
        {
            ReadPath(ref reader, suffix - 1);
            ReadNode(ref reader, ref czxid, ref ctime);
            _read++;
        }

        var end = reader.Byte("end of slice");
        if (end > TreeSlice.Last)
        {
            throw new FormatException($"end mark {end} of a slice is not known");
        }

        _last = end == TreeSlice.Last;
        if (_last)
        {
            var written = reader.Unsigned("number of nodes");
            if (written != _read)
            {
                throw new FormatException($"{_read} nodes were read, {written} were written: slices are missing or doubled");
            }

            _fuzzyUntil = new Zxid(reader.Fixed64("end of the copy"));
        }

        reader.ExpectEnd("the slice");
    }

    /// <summary>The tree, applied up to <paramref name="zxid"/>. It becomes exact when the log is applied up to its <see cref="DataTree.FuzzyUntil"/>.</summary>
    /// <param name="zxid">The zxid at which the copy began.</param>
    /// <exception cref="FormatException">The last slice, or the root, is missing.</exception>
    public DataTree Complete(Zxid zxid)
    {
        Invariant.That(!_completed, "a tree is completed twice");
        if (!_last || !_rootSeen)
        {
            throw new FormatException(_last ? "the copy of the tree has no root" : "the last slice of the tree is missing");
        }

        _completed = true;
        var orphans = new List<int>();
        foreach (var index in _unlinked)
        {
            if (!TryLink(index))
            {
                orphans.Add(index);
            }
        }

        orphans.ForEach(_store.RemoveSubtree);
        _store.Acls.ReleaseUnused();

        return new DataTree(_store, zxid, _fuzzyUntil);
    }

    /// <summary>Makes room for all nodes, by the size of those that have come. Never for more than a few times as many, for it may be wrong.</summary>
    private void Reserve(int next)
    {
        if (_taken > 0 && _taken + next < _expected)
        {
            _store.Reserve((long)Math.Min(_read * ((double)_expected / _taken), _read * (double)MostForeseen));
        }

        _taken += next;
    }

    private void ReadPath(ref CompactReader reader, ulong suffixLength)
    {
        var shared = reader.Unsigned("shared length of a path");
        if (shared > (ulong)_pathLength || suffixLength > (ulong)reader.Remaining)
        {
            throw new FormatException($"a path of {shared} shared and {suffixLength} own bytes before offset {reader.Position} cannot be");
        }

        var suffix = reader.Raw((int)suffixLength, "path");
        var length = (int)shared + suffix.Length;
        if (length > _path.Length)
        {
            Array.Resize(ref _path, length * 2);
        }

        suffix.CopyTo(_path.AsSpan((int)shared));
        _pathLength = length;
        if (length == 0 || _path[0] != (byte)'/' || (length > 1 && _path[length - 1] == (byte)'/'))
        {
            throw new FormatException($"the path before offset {reader.Position} does not begin with a slash, or ends with one");
        }
    }

    private void ReadNode(ref CompactReader reader, ref long czxid, ref long ctime)
    {
        var kind = (NodeKind)reader.Byte("node kind");
        if (kind > NodeKind.Ttl)
        {
            throw new FormatException($"node kind {(int)kind} before offset {reader.Position} is not known");
        }

        var lifetime = kind is NodeKind.Ephemeral or NodeKind.Ttl ? reader.Fixed64("owner or time to live") : 0;
        var data = reader.NullableBytes("data", out var isNull);
        var acl = ReadAcl(ref reader);
        var index = FindOrAdd(_path.AsSpan(0, _pathLength));
        _store.SetValues(index, data, isNull, acl, kind, lifetime);
        ref var node = ref _store[index];
        node.Czxid = czxid = unchecked(czxid + reader.Signed("czxid"));
        node.Mzxid = unchecked(czxid + reader.Signed("mzxid"));
        node.Pzxid = unchecked(czxid + reader.Signed("pzxid"));
        node.Ctime = ctime = unchecked(ctime + reader.Signed("ctime"));
        node.Mtime = unchecked(ctime + reader.Signed("mtime"));
        node.Version = reader.Signed32("version");
        node.CVersion = reader.Signed32("cversion");
        node.AVersion = reader.Signed32("aversion");
    }

    private int ReadAcl(ref CompactReader reader)
    {
        var number = reader.Unsigned("ACL number");
        if (number == 0)
        {
            var id = _store.Acls.Intern(reader.Bytes("ACL"));
            _sliceAcls.Add(id);
            return id;
        }

        return number <= (ulong)_sliceAcls.Count
            ? _sliceAcls[(int)number - 1]
            : throw new FormatException($"ACL number {number} before offset {reader.Position} exceeds the {_sliceAcls.Count} of the slice");
    }

    private int FindOrAdd(ReadOnlySpan<byte> path)
    {
        if (path.Length == 1)
        {
            _rootSeen = true;
            return 0;
        }

        var index = _store.FindOrAdd(path, out var added);
        if (added && !TryLink(index))
        {
            _unlinked.Add(index);
        }

        return index;
    }

    private bool TryLink(int index)
    {
        // Siblings tend to follow each other: most parents are found without a search.
        var parentPath = NodeStore.ParentPath(_store.PathOf(index));
        var parent = _store.PathOf(_lastParent).SequenceEqual(parentPath) ? _lastParent : _store.Find(parentPath);
        if (parent < 0)
        {
            return false;
        }

        _lastParent = parent;
        _store.Link(parent, index);
        return true;
    }
}

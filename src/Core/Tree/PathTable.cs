namespace GrainKeeper.Core.Tree;

/// <summary>
/// Gives each path a small number, and finds it by the path. Numbers of removed paths are given again; all are below <see cref="HighWater"/>.
/// </summary>
internal sealed class PathTable
{
    private const int Free = -1;
    private readonly HashIndex _index = new();
    private readonly PathArena _arena = new();
    private readonly ChunkedArray<Entry> _entries = new(8 * 1024);
    private int _freeHead = Free;

    public int Count { get; private set; }

    public int HighWater { get; private set; }

    /// <summary>Bytes of all paths.</summary>
    public long Bytes { get; private set; }

    /// <summary>Bytes of all arrays.</summary>
    public long ReservedBytes => _index.ReservedBytes + _arena.Capacity + _entries.Bytes;

    public int Find(ReadOnlySpan<byte> path) => Find(path, PathHash.Of(path));

    /// <summary>Makes room in the hash table, to which growth is dearest.</summary>
    public void Reserve(long paths) => _index.Reserve(paths);

    public bool IsLive(int id) => _entries[id].Length >= 0;

    public ReadOnlySpan<byte> PathOf(int id)
    {
        ref var entry = ref _entries[id];
        return _arena.Get(entry.Handle, entry.Length);
    }

    public int LengthOf(int id) => _entries[id].Length;

    /// <summary>The path's number; a new one when it has none.</summary>
    public int FindOrAdd(ReadOnlySpan<byte> path, out bool added)
    {
        var hash = PathHash.Of(path);
        var id = Find(path, hash);
        added = id < 0;
        if (!added)
        {
            return id;
        }

        if (_freeHead == Free)
        {
            id = HighWater++;
            _entries.EnsureCapacity(HighWater);
        }
        else
        {
            id = _freeHead;
            _freeHead = _entries[id].Handle;
        }

        _entries[id] = new Entry { Handle = _arena.Add(path), Length = path.Length };
        _index.Add(id, hash);
        Count++;
        Bytes += path.Length;
        return id;
    }

    public void Remove(int id)
    {
        ref var entry = ref _entries[id];
        Invariant.That(entry.Length >= 0, $"path {id} is removed twice");
        _index.Remove(id);
        _arena.Free(entry.Handle, entry.Length);
        Bytes -= entry.Length;
        Count--;
        entry = new Entry { Handle = _freeHead, Length = -1 };
        _freeHead = id;
    }

    private int Find(ReadOnlySpan<byte> path, uint hash)
    {
        for (var id = _index.First(hash); id >= 0; id = _index.Next(id))
        {
            if (PathOf(id).SequenceEqual(path))
            {
                return id;
            }
        }

        return -1;
    }

    private struct Entry
    {
        /// <summary>Where the path's bytes are; of a free entry, the next free one.</summary>
        public int Handle;

        /// <summary>Bytes; −1 of a free entry.</summary>
        public int Length;
    }
}

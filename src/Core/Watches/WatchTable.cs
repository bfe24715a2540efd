using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Watches;

/// <summary>
/// Which watcher watches which path for what: one entry of 40 bytes per (watcher, path) pair, linked with the others of its path and with
/// the others of its watcher, so that a trigger, a removal and the end of a connection each touch only their own entries.
/// Numbers are 1-based; 0 is none.
/// </summary>
internal sealed class WatchTable
{
    private readonly PathTable _paths = new();
    private readonly ChunkedArray<int> _pathHeads = new(8 * 1024);
    private readonly HashIndex _pairs = new();
    private readonly ChunkedArray<Entry> _entries = new(8 * 1024);
    private readonly Dictionary<long, int> _watcherNumbers = [];
    private readonly ChunkedArray<Watcher> _watchers = new(1024);
    private int _entryHigh = 1;
    private int _freeEntry;
    private int _watcherHigh = 1;
    private int _freeWatcher;

    public int Count { get; private set; }

    public int RecursiveCount { get; private set; }

    public int PathCount => _paths.Count;

    public int WatcherCount => _watcherNumbers.Count;

    public ref readonly Entry this[int entry] => ref _entries[entry];

    public long IdOf(int watcher) => _watchers[watcher].Id;

    /// <summary>The first entry of a path, 0 for none; follow <see cref="Entry.NextOfPath"/>.</summary>
    public int FirstOf(ReadOnlySpan<byte> path)
    {
        var id = _paths.Find(path);
        return id < 0 ? 0 : _pathHeads[id];
    }

    public int CountOf(long watcher) => _watcherNumbers.TryGetValue(watcher, out var number) ? _watchers[number].Count : 0;

    public ReadOnlySpan<byte> PathOf(int entry) => _paths.PathOf(_entries[entry].Path);

    /// <summary>The first entry of a watcher, 0 for none; follow <see cref="Entry.NextOfWatcher"/>.</summary>
    public int FirstOf(long watcher) => _watcherNumbers.TryGetValue(watcher, out var number) ? _watchers[number].Head : 0;

    /// <summary>Marks the watcher and says whether it did not have this mark: so it gets one event, however many of its watches are hit.</summary>
    public bool Mark(int watcher, long mark)
    {
        ref var w = ref _watchers[watcher];
        var first = w.Mark != mark;
        w.Mark = mark;
        return first;
    }

    public int Find(long watcher, ReadOnlySpan<byte> path)
    {
        var id = _paths.Find(path);
        return id >= 0 && _watcherNumbers.TryGetValue(watcher, out var number) ? Find(number, id) : 0;
    }

    /// <summary>Adds an entry without kinds. The pair must not have one.</summary>
    public int Add(long watcher, ReadOnlySpan<byte> path)
    {
        var number = NumberOf(watcher);
        var id = _paths.FindOrAdd(path, out var added);
        _pathHeads.EnsureCapacity(_paths.HighWater);
        ref var head = ref _pathHeads[id];
        if (added)
        {
            head = 0;
        }

        var entry = Take(ref _freeEntry, ref _entryHigh);
        _entries.EnsureCapacity(_entryHigh);
        ref var w = ref _watchers[number];
        _entries[entry] = new Entry { Watcher = number, Path = id, NextOfPath = head, NextOfWatcher = w.Head };
        if (head != 0)
        {
            _entries[head].PreviousOfPath = entry;
        }

        if (w.Head != 0)
        {
            _entries[w.Head].PreviousOfWatcher = entry;
        }

        head = entry;
        w.Head = entry;
        w.Count++;
        _pairs.Add(entry, Hash(number, id));
        Count++;
        return entry;
    }

    /// <summary>Gives an entry its kinds; without any it is removed.</summary>
    public void SetKinds(int entry, WatchKind kinds)
    {
        ref var e = ref _entries[entry];
        RecursiveCount += (kinds & WatchKind.PersistentRecursive) != 0 ? 1 : 0;
        RecursiveCount -= (e.Kinds & WatchKind.PersistentRecursive) != 0 ? 1 : 0;
        e.Kinds = kinds;
        if (kinds == WatchKind.None)
        {
            Remove(entry);
        }
    }

    public void RemoveWatcher(long watcher)
    {
        // The watcher's own record goes with its last entry.
        while (FirstOf(watcher) is var entry && entry != 0)
        {
            SetKinds(entry, WatchKind.None);
        }
    }

    private static uint Hash(int watcher, int path) =>
        (uint)((((ulong)(uint)watcher << 32 | (uint)path) * 0x9E3779B97F4A7C15) >> 32);

    private int Take(ref int free, ref int high)
    {
        if (free == 0)
        {
            return high++;
        }

        var taken = free;
        free = _entries[taken].NextOfPath;
        return taken;
    }

    private int Find(int watcher, int path)
    {
        for (var entry = _pairs.First(Hash(watcher, path)); entry >= 0; entry = _pairs.Next(entry))
        {
            ref var e = ref _entries[entry];
            if (e.Watcher == watcher && e.Path == path)
            {
                return entry;
            }
        }

        return 0;
    }

    private int NumberOf(long watcher)
    {
        if (_watcherNumbers.TryGetValue(watcher, out var number))
        {
            return number;
        }

        if (_freeWatcher != 0)
        {
            number = _freeWatcher;
            _freeWatcher = _watchers[number].Head;
        }
        else
        {
            number = _watcherHigh++;
            _watchers.EnsureCapacity(_watcherHigh);
        }

        _watchers[number] = new Watcher { Id = watcher };
        _watcherNumbers.Add(watcher, number);
        return number;
    }

    private void Remove(int entry)
    {
        ref var e = ref _entries[entry];
        _pairs.Remove(entry);
        RemoveFromPath(e);
        RemoveFromWatcher(e);
        e = new Entry { NextOfPath = _freeEntry };
        _freeEntry = entry;
        Count--;
    }

    private void RemoveFromPath(in Entry e)
    {
        if (e.NextOfPath != 0)
        {
            _entries[e.NextOfPath].PreviousOfPath = e.PreviousOfPath;
        }

        if (e.PreviousOfPath != 0)
        {
            _entries[e.PreviousOfPath].NextOfPath = e.NextOfPath;
            return;
        }

        _pathHeads[e.Path] = e.NextOfPath;
        if (e.NextOfPath == 0)
        {
            _paths.Remove(e.Path);
        }
    }

    private void RemoveFromWatcher(in Entry e)
    {
        ref var w = ref _watchers[e.Watcher];
        if (e.NextOfWatcher != 0)
        {
            _entries[e.NextOfWatcher].PreviousOfWatcher = e.PreviousOfWatcher;
        }

        if (e.PreviousOfWatcher != 0)
        {
            _entries[e.PreviousOfWatcher].NextOfWatcher = e.NextOfWatcher;
        }
        else
        {
            w.Head = e.NextOfWatcher;
        }

        if (--w.Count == 0)
        {
            _watcherNumbers.Remove(w.Id);
            w = new Watcher { Head = _freeWatcher };
            _freeWatcher = e.Watcher;
        }
    }

    internal struct Entry
    {
        public int Watcher;
        public int Path;

        /// <summary>Also the next free entry.</summary>
        public int NextOfPath;
        public int PreviousOfPath;
        public int NextOfWatcher;
        public int PreviousOfWatcher;
        public WatchKind Kinds;
    }

    private struct Watcher
    {
        public long Id;
        public long Mark;

        /// <summary>Its first entry; of a free record, the next free one.</summary>
        public int Head;
        public int Count;
    }
}

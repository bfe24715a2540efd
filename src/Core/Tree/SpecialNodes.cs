namespace GrainKeeper.Core.Tree;

/// <summary>The nodes that are not persistent, with their owner or time to live; those of a session are linked.</summary>
internal sealed class SpecialNodes
{
    private readonly ChunkedArray<Entry> _entries = new(1024);
    private readonly Dictionary<long, (int Head, int Count)> _sessions = [];
    private readonly int[] _counts = new int[4];
    private int _freeHead;

    /// <summary>Numbers are below it; the first is 1.</summary>
    public int HighWater { get; private set; } = 1;

    /// <summary>Bytes of all arrays.</summary>
    public long ReservedBytes => _entries.Bytes;

    public Dictionary<long, (int Head, int Count)>.KeyCollection Sessions => _sessions.Keys;

    public ref readonly Entry this[int number] => ref _entries[number];

    public int CountOf(NodeKind kind) => _counts[(int)kind];

    public int CountOf(long session) => _sessions.TryGetValue(session, out var list) ? list.Count : 0;

    /// <summary>The first entry of a session, 0 for none.</summary>
    public int HeadOf(long session) => _sessions.TryGetValue(session, out var list) ? list.Head : 0;

    public int Add(int node, NodeKind kind, long value)
    {
        int number;
        if (_freeHead != 0)
        {
            number = _freeHead;
            _freeHead = _entries[number].Next;
        }
        else
        {
            number = HighWater++;
            _entries.EnsureCapacity(HighWater);
        }

        ref var entry = ref _entries[number];
        entry = new Entry { Node = node, Kind = kind, Value = value };
        _counts[(int)kind]++;
        if (kind == NodeKind.Ephemeral)
        {
            _sessions.TryGetValue(value, out var list);
            entry.Next = list.Head;
            if (list.Head != 0)
            {
                _entries[list.Head].Previous = number;
            }

            _sessions[value] = (number, list.Count + 1);
        }

        return number;
    }

    public void Remove(int number)
    {
        ref var entry = ref _entries[number];
        _counts[(int)entry.Kind]--;
        if (entry.Kind == NodeKind.Ephemeral)
        {
            Unlink(ref entry);
        }

        entry = new Entry { Node = -1, Next = _freeHead };
        _freeHead = number;
    }

    private void Unlink(ref Entry entry)
    {
        var list = _sessions[entry.Value];
        if (list.Count == 1)
        {
            _sessions.Remove(entry.Value);
            return;
        }

        if (entry.Next != 0)
        {
            _entries[entry.Next].Previous = entry.Previous;
        }

        if (entry.Previous != 0)
        {
            _entries[entry.Previous].Next = entry.Next;
        }

        _sessions[entry.Value] = (entry.Previous == 0 ? entry.Next : list.Head, list.Count - 1);
    }

    internal struct Entry
    {
        /// <summary>The owning session, or milliseconds to live.</summary>
        public long Value;

        /// <summary>The node; −1 of a free entry.</summary>
        public int Node;

        /// <summary>The next of the session, or the next free one; 0 for none.</summary>
        public int Next;

        public int Previous;
        public NodeKind Kind;
    }
}

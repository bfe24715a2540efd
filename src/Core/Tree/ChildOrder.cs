using System.Buffers.Binary;

namespace GrainKeeper.Core.Tree;

/// <summary>
/// The children of one node in the order of their names' bytes: node numbers in arrays of limited length, so that a change moves few of them. Made when it is first asked for, and kept up to date from then on.
/// </summary>
internal sealed class ChildOrder
{
    private const int Longest = 1_024;
    private const int Filled = 768;
    private readonly List<Chunk> _chunks = [];
    private readonly NodeStore _store;
    private readonly int _nameStart;

    /// <summary>Sorts the children of a node.</summary>
    public ChildOrder(NodeStore store, int parent)
    {
        _store = store;
        _nameStart = parent == 0 ? 1 : store.PathOf(parent).Length + 1;
        var children = Gather(parent);
        Sort(children);
        for (var start = 0; start < children.Length; start += Filled)
        {
            var length = Math.Min(Filled, children.Length - start);
            var chunk = new Chunk { Items = new int[children.Length < Filled ? length : Longest], Count = length };
            children.AsSpan(start, length).CopyTo(chunk.Items);
            _chunks.Add(chunk);
        }

        Count = children.Length;
    }

    public int Count { get; private set; }

    /// <summary>When it was last asked for.</summary>
    public long LastUse { get; set; }

    /// <summary>Changes since then.</summary>
    public int Changes { get; private set; }

    /// <summary>It is asked for.</summary>
    public void Use(long clock) => (LastUse, Changes) = (clock, 0);

    /// <summary>The place of the first child whose name is not below this one.</summary>
    public ChildPlace From(ReadOnlySpan<byte> name)
    {
        int low = 0, high = _chunks.Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (NameOf(_chunks[middle].Items[0]).SequenceCompareTo(name) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        // The chunk before begins below the name and may hold it.
        var chunk = Math.Max(0, low - 1);
        return new ChildPlace { Chunk = chunk, Index = _chunks.Count == 0 ? 0 : IndexIn(_chunks[chunk], name) };
    }

    /// <summary>The child at a place, or −1 behind the last.</summary>
    public int At(ref ChildPlace place)
    {
        while (place.Chunk < _chunks.Count && place.Index >= _chunks[place.Chunk].Count)
        {
            place = new ChildPlace { Chunk = place.Chunk + 1 };
        }

        return place.Chunk < _chunks.Count ? _chunks[place.Chunk].Items[place.Index] : NodeStore.None;
    }

    /// <summary>A child has come.</summary>
    public void Add(int child)
    {
        Changes++;
        Count++;
        if (_chunks.Count == 0)
        {
            _chunks.Add(new Chunk { Items = [] });
        }

        var place = From(NameOf(child));
        var chunk = _chunks[place.Chunk];
        if (chunk.Count == Longest)
        {
            Split(place.Chunk);
            place = From(NameOf(child));
            chunk = _chunks[place.Chunk];
        }

        if (chunk.Count == chunk.Items.Length)
        {
            chunk.Items = [.. chunk.Items, .. new int[Longest - chunk.Count]];
        }

        Array.Copy(chunk.Items, place.Index, chunk.Items, place.Index + 1, chunk.Count - place.Index);
        chunk.Items[place.Index] = child;
        chunk.Count++;
    }

    /// <summary>A child goes; its name is still known.</summary>
    public void Remove(int child)
    {
        Changes++;
        Count--;
        var place = From(NameOf(child));
        var found = At(ref place);
        Invariant.That(found == child, $"child {child} is not in the order of its parent's children");
        var chunk = _chunks[place.Chunk];
        chunk.Count--;
        Array.Copy(chunk.Items, place.Index + 1, chunk.Items, place.Index, chunk.Count - place.Index);
        if (chunk.Count == 0)
        {
            _chunks.RemoveAt(place.Chunk);
        }
    }

    private ReadOnlySpan<byte> NameOf(int child) => _store.PathOf(child)[_nameStart..];

    private int IndexIn(Chunk chunk, ReadOnlySpan<byte> name)
    {
        int low = 0, high = chunk.Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (NameOf(chunk.Items[middle]).SequenceCompareTo(name) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private void Split(int at)
    {
        var full = _chunks[at];
        var half = new Chunk { Items = new int[Longest], Count = full.Count / 2 };
        full.Count -= half.Count;
        Array.Copy(full.Items, full.Count, half.Items, 0, half.Count);
        _chunks.Insert(at + 1, half);
    }

    private int[] Gather(int parent)
    {
        var children = new int[_store[parent].NumChildren];
        var count = 0;
        for (var child = _store[parent].FirstChild; child != NodeStore.None; child = _store[child].NextSibling)
        {
            children[count++] = child;
        }

        return children;
    }

    /// <summary>Sorts by eight bytes behind what all names have in common, which needs no look at the paths, and only those that are alike there by their names.</summary>
    private void Sort(int[] children)
    {
        if (children.Length < 2)
        {
            return;
        }

        var first = NameOf(children[0]);
        var common = first.Length;
        foreach (var child in children)
        {
            common = first[..common].CommonPrefixLength(NameOf(child));
        }

        var keys = new ulong[children.Length];
        Span<byte> key = stackalloc byte[8];
        for (var i = 0; i < children.Length; i++)
        {
            key.Clear();
            var rest = NameOf(children[i])[common..];
            rest[..Math.Min(8, rest.Length)].CopyTo(key);
            keys[i] = BinaryPrimitives.ReadUInt64BigEndian(key);
        }

        Array.Sort(keys, children);
        for (var start = 0; start < keys.Length;)
        {
            var end = start + 1;
            while (end < keys.Length && keys[end] == keys[start])
            {
                end++;
            }

            if (end - start > 1)
            {
                children.AsSpan(start, end - start).Sort((a, b) => NameOf(a).SequenceCompareTo(NameOf(b)));
            }

            start = end;
        }
    }

    private sealed class Chunk
    {
        public required int[] Items { get; set; }

        public int Count { get; set; }
    }
}

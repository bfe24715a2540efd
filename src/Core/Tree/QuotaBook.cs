using System.Text;

namespace GrainKeeper.Core.Tree;

/// <summary>
/// Keeps account of the subtrees that have a quota: those of a path P for which <c>/zookeeper/quota</c>P holds a child <c>zookeeper_limits</c> or
/// <c>zookeeper_stats</c>. The figures follow from the tree alone, so that every server has the same ones, whether it saw each change or was restored from a copy; what
/// a client writes into <c>zookeeper_stats</c> is replaced by them at once.
/// </summary>
internal sealed class QuotaBook(NodeStore store)
{
    private readonly Dictionary<byte[], QuotaUsage> _usage = new(new PathComparer());

    private static ReadOnlySpan<byte> Root => "/zookeeper/quota"u8;

    private static ReadOnlySpan<byte> System => "/zookeeper"u8;

    private static ReadOnlySpan<byte> LimitsName => "/zookeeper_limits"u8;

    private static ReadOnlySpan<byte> StatsName => "/zookeeper_stats"u8;

    /// <summary>Whether any subtree has a quota.</summary>
    public bool IsEmpty => _usage.Count == 0;

    /// <summary>A node was created.</summary>
    public void Created(ReadOnlySpan<byte> path, int dataLength)
    {
        if (IsEntry(path, out var top))
        {
            if (!_usage.GetAlternateLookup<ReadOnlySpan<byte>>().ContainsKey(top))
            {
                _usage.Add(top.ToArray(), Measure(top));
            }

            Changed(path, 1, dataLength);
            WriteStats(top);
            return;
        }

        Changed(path, 1, dataLength);
    }

    /// <summary>A node was deleted.</summary>
    public void Deleted(ReadOnlySpan<byte> path, int dataLength)
    {
        if (IsEmpty)
        {
            return;
        }

        Changed(path, -1, -dataLength);
        if (IsEntry(path, out var top) && store.Find(Entry(top, LimitsName)) < 0 && store.Find(Entry(top, StatsName)) < 0)
        {
            _usage.GetAlternateLookup<ReadOnlySpan<byte>>().Remove(top);
        }
    }

    /// <summary>A node's data was replaced.</summary>
    public void DataChanged(ReadOnlySpan<byte> path, int lengthBefore, int length)
    {
        if (IsEmpty)
        {
            return;
        }

        Changed(path, 0, length - lengthBefore);
        if (IsEntry(path, out var top))
        {
            WriteStats(top);
        }
    }

    /// <summary>Takes all accounts anew from the tree.</summary>
    public void Recompute()
    {
        _usage.Clear();
        var tops = new List<byte[]>();
        Collect(store.Find(Root), tops);
        foreach (var top in tops)
        {
            _usage[top] = Measure(top);
        }

        foreach (var top in _usage.Keys)
        {
            WriteStats(top);
        }
    }

    /// <summary>Finds the next subtree with a quota that a path lies in, from the path upwards.</summary>
    /// <param name="path">The path.</param>
    /// <param name="length">Where to begin; on return the length of the subtree's path.</param>
    /// <param name="usage">What it holds.</param>
    /// <returns>False when there is none.</returns>
    public bool TryFind(ReadOnlySpan<byte> path, ref int length, out QuotaUsage usage)
    {
        var usages = _usage.GetAlternateLookup<ReadOnlySpan<byte>>();
        while (length > 1)
        {
            if (usages.TryGetValue(path[..length], out usage))
            {
                return true;
            }

            length = path[..length].LastIndexOf((byte)'/');
        }

        usage = default;
        return false;
    }

    /// <summary>The limits of a subtree with a quota.</summary>
    public QuotaLimits LimitsOf(ReadOnlySpan<byte> top)
    {
        var index = store.Find(Entry(top, LimitsName));
        return index < 0 ? new QuotaLimits(-1, -1, -1, -1) : QuotaLimits.Parse(store.DataOf(index));
    }

    private static byte[] Entry(ReadOnlySpan<byte> top, ReadOnlySpan<byte> name) => [.. Root, .. top, .. name];

    private static bool IsEntry(ReadOnlySpan<byte> path, out ReadOnlySpan<byte> top)
    {
        var name = path.EndsWith(LimitsName) ? LimitsName.Length : path.EndsWith(StatsName) ? StatsName.Length : 0;
        if (name == 0 || !path.StartsWith(Root) || path.Length - name <= Root.Length || path[Root.Length] != (byte)'/')
        {
            top = default;
            return false;
        }

        // A quota on the servers' own nodes would count its own statistics, which change as they are written.
        top = path[Root.Length..^name];
        return !top.SequenceEqual(System) && !(top.StartsWith(System) && top[System.Length] == (byte)'/');
    }

    private void Changed(ReadOnlySpan<byte> path, int count, int bytes)
    {
        if (IsEmpty || (count == 0 && bytes == 0))
        {
            return;
        }

        var length = path.Length;
        while (TryFind(path, ref length, out var usage))
        {
            var top = path[..length];
            var usages = _usage.GetAlternateLookup<ReadOnlySpan<byte>>();
            usages[top] = usage.Plus(count, bytes);
            WriteStats(top);
            length = top.LastIndexOf((byte)'/');
        }
    }

    private void WriteStats(ReadOnlySpan<byte> top)
    {
        var index = store.Find(Entry(top, StatsName));
        if (index >= 0 && _usage.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(top, out var usage))
        {
            store.SetData(index, Encoding.ASCII.GetBytes(usage.ToString()), isNull: false);
        }
    }

    private QuotaUsage Measure(ReadOnlySpan<byte> top)
    {
        var index = store.Find(top);
        if (index < 0)
        {
            return default;
        }

        var usage = new QuotaUsage(1, store[index].DataLength);
        var at = index;
        while (true)
        {
            var next = store[at].FirstChild;
            while (next == NodeStore.None && at != index)
            {
                next = store[at].NextSibling;
                at = next == NodeStore.None ? store[at].Parent : at;
            }

            if (next == NodeStore.None)
            {
                return usage;
            }

            at = next;
            usage = usage.Plus(1, store[at].DataLength);
        }
    }

    private void Collect(int index, List<byte[]> tops)
    {
        if (index < 0)
        {
            return;
        }

        var pending = new Stack<int>([index]);
        while (pending.TryPop(out var at))
        {
            if (IsEntry(store.PathOf(at), out var top))
            {
                tops.Add(top.ToArray());
            }

            for (var child = store[at].FirstChild; child != NodeStore.None; child = store[child].NextSibling)
            {
                pending.Push(child);
            }
        }
    }

    private sealed class PathComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => (int)PathHash.Of(obj);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)PathHash.Of(alternate);

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}

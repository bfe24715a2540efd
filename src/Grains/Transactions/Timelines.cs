using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Grains.Transactions;

/// <summary>
/// What parties have seen, by transaction, as text: the events themselves would hold on to the operations. Bounded: the oldest transactions' lines go first, and one transaction has so many at most. They
/// outlive the machines.
/// </summary>
/// <param name="server">This server.</param>
/// <param name="host">What the host is called in lines: its tree, or empty.</param>
/// <param name="limit">Lines in all.</param>
internal sealed class Timelines(int server, string host, int limit)
{
    private const int MaxOfOne = 2_000;
    private readonly Dictionary<TransactionId, List<TransactionLine>> _all = [];
    private readonly Queue<TransactionId> _order = new();
    private int _lines;

    /// <summary>A line without what participants say of why they voted No: that names nodes, keys and values.</summary>
    public static string WithoutReasons(string what)
    {
        foreach (var marker in (ReadOnlySpan<string>)["No (", "abort ("])
        {
            if (what.IndexOf(marker, StringComparison.Ordinal) is >= 0 and var at && !what.AsSpan(at + marker.Length).StartsWith("by hand)"))
            {
                return what[..(at + marker.Length - 2)];
            }
        }

        return what;
    }

    /// <summary>Adds a line.</summary>
    public void Add(TransactionId id, TimelineEntry entry)
    {
        if (limit == 0)
        {
            return;
        }

        if (!_all.TryGetValue(id, out var lines))
        {
            _all[id] = lines = [];
            _order.Enqueue(id);
        }

        if (lines.Count >= MaxOfOne)
        {
            return;
        }

        lines.Add(new TransactionLine(entry.At, server, entry.Party.ToString(), lines.Count < MaxOfOne - 1 ? entry.What : "further events are not kept") { Host = host });
        _lines++;
        while (_lines > limit && _order.TryDequeue(out var oldest))
        {
            _lines -= _all[oldest].Count;
            _all.Remove(oldest);
        }
    }

    /// <summary>The lines of a transaction, in their order.</summary>
    public TransactionLine[] Of(TransactionId id) => _all.TryGetValue(id, out var lines) ? [.. lines] : [];
}

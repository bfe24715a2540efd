using GrainKeeper.Contracts.Transactions;

namespace GrainKeeper.Client.Transactions;

/// <summary>
/// Merges what hosts on several servers have seen. Within a host the order is what it was; between hosts the clocks decide, which run apart by more than a message takes: so nothing is received before it
/// was sent.
/// </summary>
internal static class TimelineMerge
{
    private const string SentMark = "→ ";
    private const string ReceivedMark = "← ";

    internal static IReadOnlyList<TransactionLine> Merge(IEnumerable<TransactionLine> lines)
    {
        var hosts = lines.GroupBy(l => (l.Server, l.Host)).OrderBy(g => g.Key.Server).ThenBy(g => g.Key.Host, StringComparer.Ordinal).Select(g => new Queue<TransactionLine>(g)).ToList();
        var toCome = hosts.SelectMany(h => h).Select(SentOf).Where(k => k is not null).GroupBy(k => k!, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
        var underWay = new Dictionary<string, int>(StringComparer.Ordinal);
        var merged = new List<TransactionLine>();
        while (true)
        {
            var heads = hosts.Where(h => h.Count > 0).ToList();
            if (heads.Count == 0)
            {
                return merged;
            }

            var free = heads.Where(h => ReceivedOf(h.Peek()) is not { } message || underWay.GetValueOrDefault(message) > 0 || toCome.GetValueOrDefault(message) == 0).ToList();
            var line = (free.Count > 0 ? free : heads).MinBy(h => h.Peek().At)!.Dequeue();
            merged.Add(line);
            if (SentOf(line) is { } sent)
            {
                toCome[sent]--;
                underWay[sent] = underWay.GetValueOrDefault(sent) + 1;
            }
            else if (ReceivedOf(line) is { } received && underWay.GetValueOrDefault(received) > 0 && toCome.GetValueOrDefault(received) > 0)
            {
                // Of those sent later another one may come; the last one may come twice.
                underWay[received]--;
            }
        }
    }

    private static string? SentOf(TransactionLine line) => Message(line, SentMark) is var (other, text) ? $"{line.Party}>{other}:{text}" : null;

    private static string? ReceivedOf(TransactionLine line) => Message(line, ReceivedMark) is var (other, text) ? $"{other}>{line.Party}:{text}" : null;

    private static (string Other, string Text)? Message(TransactionLine line, string mark)
    {
        var colon = line.What.IndexOf(": ", StringComparison.Ordinal);
        return line.What.StartsWith(mark, StringComparison.Ordinal) && colon > 0 ? (line.What[mark.Length..colon], line.What[(colon + 2)..]) : null;
    }
}

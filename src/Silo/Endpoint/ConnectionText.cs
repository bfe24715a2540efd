using System.Globalization;
using System.Text;
using GrainKeeper.Core.Replica;

namespace GrainKeeper.Silo.Endpoint;

/// <summary>Lists of connections, sessions, ephemeral nodes and watches, as ZooKeeper writes them.</summary>
internal static class ConnectionText
{
    public static string Connections(EndpointStatistics statistics, bool brief) =>
        string.Concat(statistics.Open.Select(c => c.Describe(brief) + "\n"));

    public static string Dump(ReplicaReport report, EndpointStatistics statistics)
    {
        var text = new StringBuilder("SessionTracker dump:\n");
        text.Append(CultureInfo.InvariantCulture, $"Global Sessions({report.Sessions.Count}):\n");
        foreach (var (session, timeout) in report.Sessions)
        {
            text.Append(CultureInfo.InvariantCulture, $"0x{session:x}\t{timeout}ms\n");
        }

        text.Append("ephemeral nodes dump:\n");
        text.Append(CultureInfo.InvariantCulture, $"Sessions with Ephemerals ({report.SessionsWithEphemerals}):\n");
        AppendBySession(text, report.Ephemerals, ":");
        var open = statistics.Open.ToArray();
        text.Append("Connections dump:\n");
        text.Append(CultureInfo.InvariantCulture, $"Connections Sets (1)/({open.Length}):\n");
        foreach (var connection in open)
        {
            text.Append(CultureInfo.InvariantCulture, $"\tip: /{connection.Remote} sessionId: 0x{connection.SessionId:x}\n");
        }

        return Cut(text, report);
    }

    public static string WatchSummary(ReplicaReport report) => string.Create(
        CultureInfo.InvariantCulture,
        $"{report.Watchers} connections watching {report.WatchedPaths} paths\nTotal watches:{report.TotalWatches}\n");

    public static string WatchesBySession(ReplicaReport report)
    {
        var text = new StringBuilder();
        AppendBySession(text, report.Watches, string.Empty);
        return Cut(text, report) + "\n";
    }

    public static string WatchesByPath(ReplicaReport report)
    {
        var text = new StringBuilder();
        var byPath = report.Watches.SelectMany(w => w.Value.Select(path => (Path: path, Session: w.Key))).GroupBy(w => w.Path, w => w.Session);
        foreach (var path in byPath.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            text.Append(path.Key).Append('\n');
            foreach (var session in path)
            {
                text.Append(CultureInfo.InvariantCulture, $"\t0x{session:x}\n");
            }
        }

        return Cut(text, report) + "\n";
    }

    private static void AppendBySession(StringBuilder text, IReadOnlyList<KeyValuePair<long, IReadOnlyList<string>>> lists, string after)
    {
        foreach (var (session, paths) in lists)
        {
            text.Append(CultureInfo.InvariantCulture, $"0x{session:x}{after}\n");
            foreach (var path in paths)
            {
                text.Append('\t').Append(path).Append('\n');
            }
        }
    }

    private static string Cut(StringBuilder text, ReplicaReport report) =>
        report.IsCut ? text.Append("(more are not listed)\n").ToString() : text.ToString();
}

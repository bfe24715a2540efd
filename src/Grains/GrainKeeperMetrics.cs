using System.Diagnostics.Metrics;

namespace GrainKeeper.Grains;

/// <summary>The meter <c>GrainKeeper</c>. Counts of one process, over all its trees; tags name the tree.</summary>
public static class GrainKeeperMetrics
{
    /// <summary>The meter's name, for exporters.</summary>
    public const string MeterName = "GrainKeeper";

    private static readonly Meter _meter = new(MeterName);
    private static readonly Counter<long> _proposals = _meter.CreateCounter<long>("grainkeeper.proposals", "{txn}", "Transactions proposed by this server as a leader");
    private static readonly Counter<long> _commits = _meter.CreateCounter<long>("grainkeeper.commits", "{txn}", "Transactions that this server learned to be committed");
    private static readonly Counter<long> _elections = _meter.CreateCounter<long>("grainkeeper.elections", "{election}", "Elections decided");
    private static readonly Counter<long> _linksBroken = _meter.CreateCounter<long>("grainkeeper.links.broken", "{link}", "Links to peers that broke");
    private static readonly Counter<long> _faults = _meter.CreateCounter<long>("grainkeeper.peers.faults", "{message}", "Messages of peers that no sound server sends");
    private static readonly Counter<long> _strangers = _meter.CreateCounter<long>("grainkeeper.peers.strangers", "{batch}", "Batches refused because they do not prove that a server sent them");
    private static readonly Counter<long> _syncs = _meter.CreateCounter<long>("grainkeeper.syncs", "{sync}", "Synchronizations with a leader, by kind");
    private static readonly Histogram<double> _persist = _meter.CreateHistogram<double>("grainkeeper.persist.duration", "ms", "From handing transactions to the disk until they are durable");

    internal static Meter Meter => _meter;

    internal static void Proposed(string tree, int count) => _proposals.Add(count, new KeyValuePair<string, object?>("tree", tree));

    internal static void Committed(string tree, long count) => _commits.Add(count, new KeyValuePair<string, object?>("tree", tree));

    internal static void Elected(string tree) => _elections.Add(1, new KeyValuePair<string, object?>("tree", tree));

    internal static void LinkBroken() => _linksBroken.Add(1);

    internal static void PeerAtFault(string tree) => _faults.Add(1, new KeyValuePair<string, object?>("tree", tree));

    internal static void StrangerRefused() => _strangers.Add(1);

    internal static void Synced(string tree, string kind) =>
        _syncs.Add(1, new KeyValuePair<string, object?>("tree", tree), new KeyValuePair<string, object?>("kind", kind));

    internal static void Persisted(string tree, double milliseconds) => _persist.Record(milliseconds, new KeyValuePair<string, object?>("tree", tree));
}

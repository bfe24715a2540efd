using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using GrainKeeper.Core.AtomicCommit;

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
    private static readonly Counter<long> _decisions = _meter.CreateCounter<long>("grainkeeper.transactions.decisions", "{decision}", "Decisions of parties of transactions, by party and decision");
    private static readonly Counter<long> _contradictions = _meter.CreateCounter<long>("grainkeeper.transactions.contradictions", "{message}", "Decisions told to a party that has decided otherwise: participants disagree");
    private static readonly UpDownCounter<int> _prepared = _meter.CreateUpDownCounter<int>("grainkeeper.transactions.prepared", "{transaction}", "Transactions that a tree led by this server has prepared and not finished");
    private static readonly UpDownCounter<int> _lockedPaths = _meter.CreateUpDownCounter<int>("grainkeeper.transactions.locked_paths", "{path}", "Paths that transactions have locked in a tree led by this server");
    private static readonly Counter<long> _syncs = _meter.CreateCounter<long>("grainkeeper.syncs", "{sync}", "Synchronizations with a leader, by kind");
    private static readonly Histogram<double> _persist = _meter.CreateHistogram<double>("grainkeeper.persist.duration", "ms", "From handing transactions to the disk until they are durable");

    private static readonly ConcurrentDictionary<object, Func<IEnumerable<(string Participant, int Count, long Oldest)>>> _databases = new();

    static GrainKeeperMetrics()
    {
        _meter.CreateObservableGauge("grainkeeper.databases.prepared", () => Prepared(p => (long)p.Count), "{txn}", "Transactions that are prepared in a database that this server drives");
        _meter.CreateObservableGauge("grainkeeper.databases.prepared.age", () => Prepared(p => p.Oldest), "ms", "Age of the oldest of them");
    }

    internal static Meter Meter => _meter;

    internal static void Proposed(string tree, int count) => _proposals.Add(count, new KeyValuePair<string, object?>("tree", tree));

    internal static void Committed(string tree, long count) => _commits.Add(count, new KeyValuePair<string, object?>("tree", tree));

    internal static void Elected(string tree) => _elections.Add(1, new KeyValuePair<string, object?>("tree", tree));

    internal static void LinkBroken() => _linksBroken.Add(1);

    internal static void PeerAtFault(string tree) => _faults.Add(1, new KeyValuePair<string, object?>("tree", tree));

    internal static void StrangerRefused() => _strangers.Add(1);

    internal static void TransactionDecided(CommitMachine machine, Decision decision) =>
        _decisions.Add(1, new KeyValuePair<string, object?>("party", machine.Self.Kind.ToString()), new KeyValuePair<string, object?>("decision", decision.ToString()));

    internal static void TransactionContradicted() => _contradictions.Add(1);

    internal static void TransactionsHeld(string tree, int prepared, int lockedPaths)
    {
        _prepared.Add(prepared, new KeyValuePair<string, object?>("tree", tree));
        _lockedPaths.Add(lockedPaths, new KeyValuePair<string, object?>("tree", tree));
    }

    internal static void Synced(string tree, string kind) =>
        _syncs.Add(1, new KeyValuePair<string, object?>("tree", tree), new KeyValuePair<string, object?>("kind", kind));

    /// <summary>Has the databases of a server measured, until what is returned is disposed.</summary>
    internal static IDisposable WatchPrepared(Func<IEnumerable<(string Participant, int Count, long Oldest)>> measure)
    {
        var watch = new Watch();
        _databases[watch] = measure;
        return watch;
    }

    internal static void Persisted(string tree, double milliseconds) => _persist.Record(milliseconds, new KeyValuePair<string, object?>("tree", tree));

    private static IEnumerable<Measurement<long>> Prepared(Func<(string Participant, int Count, long Oldest), long> value) =>
        _databases.Values.SelectMany(measure => measure()).Select(p => new Measurement<long>(value(p), new KeyValuePair<string, object?>("participant", p.Participant)));

    private sealed class Watch : IDisposable
    {
        public void Dispose() => _databases.TryRemove(this, out _);
    }
}

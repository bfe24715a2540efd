using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;

namespace GrainKeeper.Grains.Replicas;

/// <summary>Measures one replica for the meter. By the pump only, except what observers read.</summary>
internal sealed class ReplicaGauge(string tree)
{
    private const int MaxSamples = 1024;
    private readonly Queue<(long Token, long Ticks)> _unpersisted = new();
    private Zxid _committed;
    private bool _began;
    private long _nextSample;
    private long _outstanding;
    private int _prepared;
    private int _lockedPaths;

    /// <summary>Requests under way, as last sampled.</summary>
    public long Outstanding => Interlocked.Read(ref _outstanding);

    /// <summary>Transactions were handed to the disk.</summary>
    public void Appended(long token, int count, bool leading)
    {
        if (leading)
        {
            GrainKeeperMetrics.Proposed(tree, count);
        }

        if (_unpersisted.Count < MaxSamples)
        {
            _unpersisted.Enqueue((token, TimeProvider.System.GetTimestamp()));
        }
    }

    /// <summary>All up to a token is durable.</summary>
    public void Persisted(long token)
    {
        while (_unpersisted.TryPeek(out var sample) && sample.Token <= token)
        {
            _unpersisted.Dequeue();
            GrainKeeperMetrics.Persisted(tree, TimeProvider.System.GetElapsedTime(sample.Ticks).TotalMilliseconds);
        }
    }

    /// <summary>The replica ends, or was loaded anew: tokens begin again.</summary>
    public void Reset()
    {
        _unpersisted.Clear();
        CountLocks(0, 0);
    }

    /// <summary>Looks at the replica, at most once in a second.</summary>
    public void Sample(ReplicaCore core)
    {
        var now = Environment.TickCount64;
        if (now < _nextSample)
        {
            return;
        }

        _nextSample = now + 1000;
        var status = core.Status;
        Interlocked.Exchange(ref _outstanding, status.Outstanding + status.Proposals);
        var committed = status.LastCommitted;
        if (_began && committed > _committed)
        {
            GrainKeeperMetrics.Committed(tree, committed.Epoch == _committed.Epoch ? committed.Value - _committed.Value : committed.Counter);
        }

        _began = true;
        _committed = committed;
        var leader = core.Report(ReplicaReportParts.None, 0).Leader;
        CountLocks(leader?.PreparedTransactions ?? 0, leader?.LockedPaths ?? 0);
    }

    private void CountLocks(int prepared, int lockedPaths)
    {
        if (prepared != _prepared || lockedPaths != _lockedPaths)
        {
            GrainKeeperMetrics.TransactionsHeld(tree, prepared - _prepared, lockedPaths - _lockedPaths);
            (_prepared, _lockedPaths) = (prepared, lockedPaths);
        }
    }
}

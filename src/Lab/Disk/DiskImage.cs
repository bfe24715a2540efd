using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Lab.Disk;

/// <summary>What is durable: a crash leaves exactly this.</summary>
public sealed class DiskImage
{
    private readonly List<SnapshotFile> _snapshots = [];
    private readonly List<Txn> _log = [];

    /// <summary>The accepted epoch's file.</summary>
    public Epoch AcceptedEpoch { get; set; }

    /// <summary>The current epoch's file.</summary>
    public Epoch CurrentEpoch { get; set; }

    /// <summary>The log holds all transactions after this one.</summary>
    public Zxid LogStart { get; private set; }

    /// <summary>The log.</summary>
    public IReadOnlyList<Txn> Log => _log;

    /// <summary>The snapshots, oldest first.</summary>
    public IReadOnlyList<SnapshotFile> Snapshots => _snapshots;

    /// <summary>The last transaction that the server would come back with.</summary>
    public Zxid Last => _log.Count > 0 ? _log[^1].Zxid : LastSnapshot;

    /// <summary>The zxid of the newest snapshot, or zero.</summary>
    public Zxid LastSnapshot => _snapshots.Count > 0 ? _snapshots[^1].Zxid : Zxid.Zero;

    /// <summary>Whether the transaction is in the log or under the log's start.</summary>
    public bool Covers(Zxid zxid) => zxid <= LogStart || IndexOf(zxid) >= 0;

    /// <summary>The place of the first transaction after a zxid.</summary>
    public int FirstAfter(Zxid zxid)
    {
        int low = 0, high = _log.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_log[middle].Zxid <= zxid)
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

    /// <summary>Writes at the log's end.</summary>
    public void Append(Txn txn)
    {
        if (txn.Zxid <= Last)
        {
            throw new PropertyViolatedException("log order", $"{txn.Zxid} written after {Last}");
        }

        _log.Add(txn);
    }

    /// <summary>Cuts the log, and drops snapshots that go beyond the cut.</summary>
    public void Truncate(Zxid keep)
    {
        if (keep < LogStart)
        {
            throw new PropertyViolatedException("truncation possible", $"the log starts after {LogStart} and was to be cut after {keep}");
        }

        var from = FirstAfter(keep);
        _log.RemoveRange(from, _log.Count - from);
        _snapshots.RemoveAll(s => s.Zxid > keep);
        if (_snapshots.Count == 0 && LogStart != Zxid.Zero)
        {
            throw new PropertyViolatedException("truncation possible", $"cut after {keep}: no snapshot is left to start from");
        }
    }

    /// <summary>A cut that a crash interrupted: files go from the newest to the oldest.</summary>
    public void TruncatePartly(Zxid keep, int cut)
    {
        var from = Math.Max(FirstAfter(keep), _log.Count - cut);
        var last = from > 0 ? _log[from - 1].Zxid : LogStart;
        if (from < _log.Count)
        {
            Truncate(last > keep ? last : keep);
        }
    }

    /// <summary>A state received from a leader replaces everything.</summary>
    public void Install(SnapshotFile snapshot)
    {
        _snapshots.Clear();
        _snapshots.Add(snapshot);
        _log.Clear();
        LogStart = snapshot.Zxid;
    }

    /// <summary>A snapshot of the own state is complete; the log is purged up to the oldest snapshot kept.</summary>
    /// <returns>Whether it was of use.</returns>
    public bool AddSnapshot(SnapshotFile snapshot, int keep)
    {
        if (snapshot.Zxid < LogStart || snapshot.Zxid > Last || snapshot.Zxid <= LastSnapshot)
        {
            return false;
        }

        _snapshots.Add(snapshot);
        if (_snapshots.Count > keep)
        {
            _snapshots.RemoveRange(0, _snapshots.Count - keep);
        }

        if (_snapshots.Count == keep && _snapshots[0].Zxid > LogStart)
        {
            LogStart = _snapshots[0].Zxid;
            _log.RemoveRange(0, FirstAfter(LogStart));
        }

        return true;
    }

    private int IndexOf(Zxid zxid)
    {
        var index = FirstAfter(zxid) - 1;
        return index >= 0 && _log[index].Zxid == zxid ? index : -1;
    }
}

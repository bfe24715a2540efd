using GrainKeeper.Core;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Storage.Log;

/// <summary>
/// The segments on disk and how far they are durable: what the writer, readers and the purge share. Every member takes the lock; nothing
/// here touches the disk.
/// </summary>
internal sealed class LogCatalog
{
    private readonly List<LogSegment> _segments;
    private Zxid _base;

    /// <summary>Takes over what recovery found.</summary>
    /// <param name="segments">In order, contiguous.</param>
    /// <param name="snapshot">The zxid of the state that the log follows, when there are no segments.</param>
    public LogCatalog(IEnumerable<LogSegment> segments, Zxid snapshot)
    {
        _segments = [.. segments];
        _base = snapshot;
    }

    public Lock Gate { get; } = new();

    /// <summary>The lowest zxid after which everything is in the log.</summary>
    public Zxid Oldest
    {
        get
        {
            lock (Gate)
            {
                return _segments.Count == 0 ? _base : _segments[0].Header.After;
            }
        }
    }

    /// <summary>The last durable zxid of the log, or of the snapshot when the log is empty.</summary>
    public Zxid LastDurable
    {
        get
        {
            lock (Gate)
            {
                return LastDurableLocked;
            }
        }
    }

    public LogSegment? Newest
    {
        get
        {
            lock (Gate)
            {
                return _segments.Count == 0 ? null : _segments[^1];
            }
        }
    }

    public long NextSequence
    {
        get
        {
            lock (Gate)
            {
                return _segments.Count == 0 ? 1 : _segments[^1].Header.Sequence + 1;
            }
        }
    }

    public (int Segments, long Bytes) Size
    {
        get
        {
            lock (Gate)
            {
                return (_segments.Count, _segments.Sum(s => s.End));
            }
        }
    }

    private Zxid LastDurableLocked => _segments.Count == 0 ? _base : _segments[^1].Last;

    public void Add(LogSegment segment)
    {
        lock (Gate)
        {
            Invariant.That(LastDurableLocked == segment.Header.After, $"segment {segment.Path} does not follow {LastDurableLocked}");
            _segments.Add(segment);
        }
    }

    /// <summary>Notes where a record of the active segment begins. Only the writer thread calls this, so it may look without the lock.</summary>
    public void Index(LogSegment active, Zxid zxid, long offset)
    {
        if (active.Index!.Wants(offset))
        {
            lock (Gate)
            {
                active.Index.Note(zxid, offset);
            }
        }
    }

    public void Extend(LogSegment segment, long end, Zxid last)
    {
        lock (Gate)
        {
            segment.End = end;
            segment.Last = last;
        }
    }

    /// <summary>The segments without any transaction up to a zxid, newest first.</summary>
    public IReadOnlyList<LogSegment> SegmentsAfter(Zxid zxid)
    {
        lock (Gate)
        {
            return [.. _segments.Where(s => s.Header.After >= zxid).Reverse()];
        }
    }

    public void Remove(LogSegment segment)
    {
        lock (Gate)
        {
            if (_segments.Count == 1)
            {
                _base = segment.Header.After;
            }

            segment.Void = true;
            _segments.Remove(segment);
        }
    }

    public void Cut(LogSegment segment, long end, Zxid last)
    {
        lock (Gate)
        {
            segment.Void = true;
            segment.Index?.CutAt(end);
            var rest = new LogSegment(segment.Path, segment.Header) { End = end, Last = last, Index = segment.Index };
            _segments[_segments.IndexOf(segment)] = rest;
        }
    }

    /// <summary>Forgets all segments; the log then follows <paramref name="snapshot"/>.</summary>
    public IReadOnlyList<LogSegment> Clear(Zxid snapshot)
    {
        lock (Gate)
        {
            var all = _segments.ToArray();
            foreach (var segment in all)
            {
                segment.Void = true;
            }

            _segments.Clear();
            _base = snapshot;
            return all;
        }
    }

    /// <summary>Takes out the oldest segment when nobody needs it and all its transactions are in a snapshot of the given zxid. The last one stays.</summary>
    public LogSegment? RemoveOldest(Zxid snapshot)
    {
        lock (Gate)
        {
            if (_segments.Count < 2 || _segments[0].Leases > 0 || _segments[1].Header.After > snapshot)
            {
                return null;
            }

            var oldest = _segments[0];
            oldest.Void = true;
            _segments.RemoveAt(0);
            return oldest;
        }
    }

    /// <summary>
    /// The segments that hold transactions after a zxid, each with a lease on it; null when the log does not go back so far.
    /// </summary>
    /// <param name="after">The zxid.</param>
    /// <param name="andNewest">Whether to take the newest segment in any case: what is appended from now on may go there.</param>
    public IReadOnlyList<LeasedSegment>? Lease(Zxid after, bool andNewest = false)
    {
        lock (Gate)
        {
            if (after < (_segments.Count == 0 ? _base : _segments[0].Header.After))
            {
                return null;
            }

            var leased = _segments
                .Where((s, i) => s.Last > after || (andNewest && i == _segments.Count - 1))
                .Select(s => new LeasedSegment(s, s.End, s.Last)).ToArray();
            foreach (var lease in leased)
            {
                lease.Segment.Leases++;
            }

            return leased;
        }
    }

    public void Release(IEnumerable<LeasedSegment> leases)
    {
        lock (Gate)
        {
            foreach (var lease in leases)
            {
                lease.Segment.Leases--;
            }
        }
    }
}

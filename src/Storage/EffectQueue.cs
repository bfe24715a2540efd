using GrainKeeper.Core.Zab;

namespace GrainKeeper.Storage;

/// <summary>What waits for the writer thread: bounded by bytes. Everything queued is taken at once, for group commit.</summary>
internal sealed class EffectQueue(long maxBytes, TimeSpan maxWait)
{
    /// <summary>What an effect costs besides its payload.</summary>
    private const int Overhead = 128;

    private readonly object _gate = new();
    private List<ZabEffect> _queued = [];
    private List<ZabEffect> _taken = [];
    private long _queuedBytes;
    private long _takenBytes;
    private long _added;
    private long _done;
    private bool _closed;

    /// <summary>Bytes that wait or are being written.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                return _queuedBytes + _takenBytes;
            }
        }
    }

    /// <summary>How many effects were ever added.</summary>
    public long Added
    {
        get
        {
            lock (_gate)
            {
                return _added;
            }
        }
    }

    /// <summary>Adds an effect; waits while too much is queued.</summary>
    /// <returns>False when nothing was taken from the queue for too long: the disk hangs.</returns>
    public bool Add(ZabEffect effect)
    {
        var size = SizeOf(effect);
        lock (_gate)
        {
            while (!_closed && _queuedBytes + _takenBytes > 0 && _queuedBytes + _takenBytes + size > maxBytes)
            {
                var before = _done;
                if (!Monitor.Wait(_gate, maxWait) && before == _done)
                {
                    return false;
                }
            }

            if (_closed)
            {
                return true;
            }

            _queued.Add(effect);
            _queuedBytes += size;
            _added++;
            Monitor.PulseAll(_gate);
            return true;
        }
    }

    /// <summary>Takes everything queued; the list is valid until the next call.</summary>
    /// <param name="idleLimit">How long to wait for the first effect; null = for ever.</param>
    /// <returns>Null when closed and empty; empty when the wait ended.</returns>
    public IReadOnlyList<ZabEffect>? Take(TimeSpan? idleLimit)
    {
        lock (_gate)
        {
            while (_queued.Count == 0)
            {
                if (_closed)
                {
                    return null;
                }

                if (!Monitor.Wait(_gate, idleLimit ?? Timeout.InfiniteTimeSpan) && _queued.Count == 0)
                {
                    return [];
                }
            }

            _taken.Clear();
            (_taken, _queued) = (_queued, _taken);
            _takenBytes = _queuedBytes;
            _queuedBytes = 0;
            return _taken;
        }
    }

    /// <summary>What was taken is carried out.</summary>
    public void Done()
    {
        lock (_gate)
        {
            _done += _taken.Count;
            _takenBytes = 0;
            _taken.Clear();
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits until the first <paramref name="count"/> effects ever added are carried out.</summary>
    /// <returns>False when the queue was closed or emptied before.</returns>
    public bool WaitUntilDone(long count)
    {
        lock (_gate)
        {
            while (_done < count)
            {
                if (_closed && _queued.Count == 0 && _takenBytes == 0)
                {
                    return false;
                }

                Monitor.Wait(_gate);
            }

            return true;
        }
    }

    /// <summary>Takes nothing more.</summary>
    /// <param name="drop">Whether what is queued is forgotten.</param>
    public void Close(bool drop)
    {
        lock (_gate)
        {
            _closed = true;
            if (drop)
            {
                _queued.Clear();
                _queuedBytes = _takenBytes = 0;
            }

            Monitor.PulseAll(_gate);
        }
    }

    private static long SizeOf(ZabEffect effect)
    {
        long size = Overhead;
        switch (effect)
        {
            case ZabEffect.Append append:
                foreach (var txn in append.Txns)
                {
                    size += Overhead + txn.Payload.Length;
                }

                break;
            case ZabEffect.SnapshotInstallChunk chunk:
                size += chunk.Data.Length;
                break;
            default:
                break;
        }

        return size;
    }
}

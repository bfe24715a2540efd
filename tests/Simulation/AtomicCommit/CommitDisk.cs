using System.Buffers;
using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Simulation.AtomicCommit;

/// <summary>A process's log. A flush makes all that was written durable; a crash keeps any prefix of what was not.</summary>
public sealed class CommitDisk(EventLoop loop, SimRandom random, CommitProfile profile, CommitStatistics statistics)
{
    private readonly List<CommitLogEntry> _durable = [];
    private readonly List<(CommitLogEntry Entry, Action<bool>? Done)> _pending = [];
    private int _generation;
    private bool _flushing;

    /// <summary>What a start would find.</summary>
    public IReadOnlyList<CommitLogEntry> Durable => _durable;

    /// <summary>Writes; when forced, tells whether it is known to be durable.</summary>
    public void Write(CommitLogEntry entry, Action<bool>? done)
    {
        _pending.Add((RoundTrip(entry), done));
        if (done is not null && !_flushing)
        {
            _flushing = true;
            Flush(_generation);
        }
    }

    /// <summary>The process dies.</summary>
    public void Crash()
    {
        _generation++;
        _flushing = false;
        var kept = random.Chance(0.5) ? 0 : random.Between(0, _pending.Count);
        for (var i = 0; i < kept; i++)
        {
            _durable.Add(_pending[i].Entry);
        }

        statistics.LostRecords += _pending.Count - kept;
        _pending.Clear();
    }

    /// <summary>Removes what concerns one party of a transaction.</summary>
    public void Remove(TransactionId id, CommitParty owner)
    {
        _durable.RemoveAll(e => e.Id == id && e.Owner == owner);
        _pending.RemoveAll(e => e.Entry.Id == id && e.Entry.Owner == owner && e.Done is null);
    }

    /// <summary>The records of one party of a transaction.</summary>
    public List<CommitRecord> RecordsOf(TransactionId id, CommitParty owner)
    {
        var records = new List<CommitRecord>();
        foreach (var entry in _durable)
        {
            if (entry.Id == id && entry.Owner == owner)
            {
                records.Add(entry.Record);
            }
        }

        return records;
    }

    private void Flush(int generation)
    {
        var taken = _pending.Count;
        loop.After(random.Between(50, profile.MaxFlush), () =>
        {
            if (generation != _generation)
            {
                return;
            }

            var batch = _pending.GetRange(0, taken);
            _pending.RemoveRange(0, taken);
            _flushing = false;
            foreach (var (entry, done) in batch)
            {
                var known = done is null || !random.Chance(profile.UnknownWrites);
                if (known || random.Chance(0.5))
                {
                    _durable.Add(entry);
                }

                done?.Invoke(known);
                if (generation != _generation)
                {
                    return;
                }
            }

            if (!_flushing && _pending.Exists(p => p.Done is not null))
            {
                _flushing = true;
                Flush(generation);
            }
        });
    }

    private CommitLogEntry RoundTrip(CommitLogEntry entry)
    {
        if (!profile.UseCodecs)
        {
            return entry;
        }

        var buffer = new ArrayBufferWriter<byte>(256);
        CommitLogCodec.Encode(buffer, entry);
        return CommitLogCodec.Decode(buffer.WrittenMemory);
    }
}

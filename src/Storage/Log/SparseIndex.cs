using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Storage.Log;

/// <summary>Where in a segment some of its records begin: about one per 32 KiB. Not thread-safe; the log's lock guards it.</summary>
internal sealed class SparseIndex
{
    private const int Spacing = 32 * 1024;

    private readonly List<(Zxid Zxid, long Offset)> _entries = [];

    /// <summary>Whether a record is far enough from the one noted before.</summary>
    public bool Wants(long offset) => _entries.Count == 0 || offset >= _entries[^1].Offset + Spacing;

    /// <summary>Takes note of a record, when it is far enough from the one noted before.</summary>
    public void Note(Zxid zxid, long offset)
    {
        if (Wants(offset))
        {
            _entries.Add((zxid, offset));
        }
    }

    /// <summary>Where to begin reading to meet every record after a zxid; the segment's start when none is noted before.</summary>
    public long StartFor(Zxid after)
    {
        int low = 0, high = _entries.Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_entries[middle].Zxid <= after)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low == 0 ? LogFormat.HeaderSize : _entries[low - 1].Offset;
    }

    /// <summary>Forgets what lies at or behind an offset.</summary>
    public void CutAt(long offset) => _entries.RemoveAll(e => e.Offset >= offset);
}

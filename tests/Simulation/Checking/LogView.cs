using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Simulation.Checking;

/// <summary>A server's log as its core believes it to be: everything handed to the disk, durable or not.</summary>
public sealed class LogView
{
    private readonly List<Zxid> _zxids = [];

    /// <summary>Everything up to here is taken to be in the state.</summary>
    public Zxid Base { get; private set; }

    /// <summary>The last transaction.</summary>
    public Zxid Last => _zxids.Count > 0 ? _zxids[^1] : Base;

    /// <summary>What lies after the base.</summary>
    public IReadOnlyList<Zxid> Zxids => _zxids;

    /// <summary>Becomes what is on a disk.</summary>
    public void Load(DiskImage image)
    {
        _zxids.Clear();
        _zxids.AddRange(image.Log.Select(t => t.Zxid));
        Base = image.LogStart;
    }

    /// <summary>Takes the next transaction.</summary>
    public void Append(Zxid zxid) => _zxids.Add(zxid);

    /// <summary>Cuts what comes after a zxid.</summary>
    public void Truncate(Zxid keep)
    {
        var from = FirstAfter(keep);
        _zxids.RemoveRange(from, _zxids.Count - from);
    }

    /// <summary>A received state replaces everything.</summary>
    public void Install(Zxid zxid)
    {
        _zxids.Clear();
        Base = zxid;
    }

    /// <summary>Whether it has the transaction.</summary>
    public bool Contains(Zxid zxid)
    {
        if (zxid <= Base)
        {
            return true;
        }

        var index = FirstAfter(zxid) - 1;
        return index >= 0 && _zxids[index] == zxid;
    }

    /// <summary>The place of the first transaction after a zxid.</summary>
    public int FirstAfter(Zxid zxid)
    {
        int low = 0, high = _zxids.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_zxids[middle] <= zxid)
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
}

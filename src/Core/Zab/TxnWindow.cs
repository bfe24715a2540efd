using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <summary>
/// The end of the log in memory: contiguous transactions after <see cref="Before"/>. It is cut and replaced together with the log and never kept
/// apart from it, so that nothing in it can outlive the log's own copy.
/// </summary>
internal sealed class TxnWindow
{
    /// <summary>What a transaction takes besides its payload; keeps empty ones from counting as nothing.</summary>
    private const int Overhead = 64;

    private Txn[] _ring = new Txn[64];
    private int _head;

    public TxnWindow(Zxid before) => Before = before;

    /// <summary>The zxid in the log, or in the snapshot under it, that the first transaction here follows.</summary>
    public Zxid Before { get; private set; }

    public int Count { get; private set; }

    public long Bytes { get; private set; }

    public Zxid Last => Count == 0 ? Before : this[Count - 1].Zxid;

    public Txn this[int index] => _ring[(_head + index) & (_ring.Length - 1)];

    public static long CostOf(Txn txn) => txn.Payload.Length + Overhead;

    public void Add(Txn txn)
    {
        if (Count == _ring.Length)
        {
            Grow();
        }

        _ring[(_head + Count) & (_ring.Length - 1)] = txn;
        Count++;
        Bytes += CostOf(txn);
    }

    /// <summary>The index of the first transaction with a greater zxid; <see cref="Count"/> when there is none.</summary>
    public int IndexAfter(Zxid zxid)
    {
        int low = 0, high = Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (this[middle].Zxid <= zxid)
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

    /// <summary>The greatest zxid of the log that is not above the given one, which must not lie below <see cref="Before"/>.</summary>
    public Zxid FloorOf(Zxid zxid)
    {
        Invariant.That(zxid >= Before, $"the window begins after {Before} and cannot tell what precedes {zxid}");
        var index = IndexAfter(zxid);
        return index == 0 ? Before : this[index - 1].Zxid;
    }

    public void DropFirst()
    {
        var first = this[0];
        Before = first.Zxid;
        Bytes -= CostOf(first);
        _ring[_head] = null!;
        _head = (_head + 1) & (_ring.Length - 1);
        Count--;
    }

    public void CutAfter(Zxid keepUpTo)
    {
        while (Count > 0 && this[Count - 1].Zxid > keepUpTo)
        {
            Bytes -= CostOf(this[Count - 1]);
            _ring[(_head + Count - 1) & (_ring.Length - 1)] = null!;
            Count--;
        }

        if (Count == 0 && keepUpTo < Before)
        {
            Before = keepUpTo;
        }
    }

    public void Reset(Zxid before)
    {
        Array.Clear(_ring);
        _head = 0;
        Count = 0;
        Bytes = 0;
        Before = before;
    }

    private void Grow()
    {
        var larger = new Txn[_ring.Length * 2];
        for (var i = 0; i < Count; i++)
        {
            larger[i] = this[i];
        }

        _ring = larger;
        _head = 0;
    }
}

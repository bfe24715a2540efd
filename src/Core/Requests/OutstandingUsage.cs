using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Requests;

/// <summary>
/// Enforces quotas (<c>enforceQuota</c>) by what subtrees will hold when all proposals made so far are applied: requests in flight cannot pass a limit together,
/// as they can in ZooKeeper.
/// </summary>
/// <param name="tree">The applied tree, which may be replaced when a state is restored.</param>
/// <param name="seed">For hashing.</param>
internal sealed class OutstandingUsage(Func<DataTree> tree, ulong seed)
{
    private readonly Dictionary<ReadOnlyMemory<byte>, QuotaUsage> _ahead = new(new ByteKeyComparer(seed));
    private readonly Ring<Change> _order = new();
    private int _inMulti = -1;

    /// <summary>Whether a change would exceed an enforced limit of a subtree that the path lies in.</summary>
    public bool Exceeds(ReadOnlySpan<byte> path, int count, int bytes)
    {
        var book = tree().Quotas;
        var length = path.Length;
        while (book.TryFind(path, ref length, out var usage))
        {
            var top = path[..length];
            var limits = book.LimitsOf(top);
            _ahead.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(top, out var ahead);
            if ((count != 0 && limits.CountHard > -1 && usage.Count + ahead.Count + count > limits.CountHard)
                || (bytes != 0 && limits.BytesHard > -1 && usage.Bytes + ahead.Bytes + bytes > limits.BytesHard))
            {
                return true;
            }

            length = top.LastIndexOf((byte)'/');
        }

        return false;
    }

    /// <summary>A proposal makes this change.</summary>
    public void Add(Zxid zxid, ReadOnlySpan<byte> path, int count, int bytes)
    {
        var book = tree().Quotas;
        var length = book.IsEmpty ? 0 : path.Length;
        while (book.TryFind(path, ref length, out _))
        {
            var top = path[..length].ToArray();
            _ahead.TryGetValue(top, out var ahead);
            _ahead[top] = ahead.Plus(count, bytes);
            _order.Add(new Change(zxid, top, count, bytes));
            length = path[..length].LastIndexOf((byte)'/');
        }
    }

    /// <summary>Everything added from now on can be taken back.</summary>
    public void BeginMulti() => _inMulti = _order.Count;

    /// <summary>What was added since stands, or is taken back.</summary>
    public void EndMulti(bool rollBack)
    {
        while (rollBack && _order.Count > _inMulti)
        {
            Undo(_order.RemoveLast());
        }

        _inMulti = -1;
    }

    /// <summary>The proposals up to this one are applied: the tree itself has their changes now.</summary>
    public void Applied(Zxid upTo)
    {
        while (_order.Count > 0 && _order[0].Zxid <= upTo)
        {
            Undo(_order.RemoveFirst());
        }
    }

    private void Undo(in Change change)
    {
        var left = _ahead[change.Top].Plus(-change.Count, -change.Bytes);
        if (left == default)
        {
            _ahead.Remove(change.Top);
        }
        else
        {
            _ahead[change.Top] = left;
        }
    }

    private readonly record struct Change(Zxid Zxid, ReadOnlyMemory<byte> Top, int Count, int Bytes);
}

namespace GrainKeeper.Core.Tree;

/// <summary>
/// Keeps the orders of large nodes' children that somebody reads page by page, up to a number of children in all: of 4 to 8 bytes each. An order that nobody has asked for while as many children came and went as it holds is dropped, so
/// that writers do not pay for it for ever.
/// </summary>
internal sealed class ChildOrders(NodeStore store, int smallest = 512, int most = 8_000_000)
{
    private const int LeastPatience = 4_096;
    private readonly Dictionary<int, ChildOrder> _orders = [];
    private long _clock;

    /// <summary>Orders kept.</summary>
    public int Count => _orders.Count;

    /// <summary>The order of a node's children; kept when there are many.</summary>
    public ChildOrder Of(int parent)
    {
        if (_orders.TryGetValue(parent, out var order))
        {
            order.Use(++_clock);
            return order;
        }

        order = new ChildOrder(store, parent);
        if (order.Count >= smallest && order.Count <= most)
        {
            MakeRoom(order.Count);
            _orders.Add(parent, order);
            order.Use(++_clock);
        }

        return order;
    }

    public void Added(int parent, int child)
    {
        if (_orders.TryGetValue(parent, out var order))
        {
            order.Add(child);
            DropUnused(parent, order);
        }
    }

    public void Removed(int parent, int child)
    {
        if (_orders.TryGetValue(parent, out var order))
        {
            order.Remove(child);
            DropUnused(parent, order);
        }
    }

    /// <summary>The node is gone.</summary>
    public void Forget(int parent) => _orders.Remove(parent);

    private void DropUnused(int parent, ChildOrder order)
    {
        if (order.Count < smallest / 2 || order.Changes > order.Count + LeastPatience)
        {
            _orders.Remove(parent);
        }
    }

    private void MakeRoom(int children)
    {
        while (_orders.Count > 0 && children + _orders.Values.Sum(static o => (long)o.Count) > most)
        {
            _orders.Remove(_orders.MinBy(static o => o.Value.LastUse).Key);
        }
    }
}

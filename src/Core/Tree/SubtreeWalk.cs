namespace GrainKeeper.Core.Tree;

/// <summary>
/// Walks over what lies below a node, in order: a node before what is below it, siblings by the bytes of their names. It can begin behind any path, whether that exists or not. Good until the tree changes.
/// </summary>
/// <param name="store">The nodes.</param>
/// <param name="mayEnter">Whether a node's children may be listed.</param>
internal sealed class SubtreeWalk(NodeStore store, Func<AclList, bool> mayEnter)
{
    private readonly Stack<(ChildOrder Order, ChildPlace Place)> _levels = new();

    /// <summary>Begins.</summary>
    /// <param name="top">The node; it may be entered.</param>
    /// <param name="prefix">How the names of its children must begin.</param>
    /// <param name="after">The names on the way down to the path behind which to begin, separated by slashes; empty for the beginning.</param>
    public void Begin(int top, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> after)
    {
        _levels.Clear();
        var node = top;
        if (after.SequenceCompareTo(prefix) < 0)
        {
            var order = store.Orders.Of(top);
            _levels.Push((order, order.From(prefix)));
            return;
        }

        while (after.Length > 0)
        {
            var slash = after.IndexOf((byte)'/');
            var name = slash < 0 ? after : after[..slash];
            after = slash < 0 ? default : after[(slash + 1)..];
            var order = store.Orders.Of(node);
            var place = order.From(name);
            var child = order.At(ref place);
            var exists = child != NodeStore.None && store.NameOf(child).SequenceEqual(name);
            if (exists)
            {
                place.Index++;
            }

            _levels.Push((order, place));
            if (!exists || !mayEnter(store.AclOf(child)))
            {
                return;
            }

            node = child;
        }

        Enter(node);
    }

    /// <summary>The next node, or −1.</summary>
    /// <param name="prefix">As at the beginning.</param>
    public int Next(ReadOnlySpan<byte> prefix)
    {
        while (_levels.TryPop(out var level))
        {
            var child = level.Order.At(ref level.Place);
            if (child == NodeStore.None)
            {
                continue;
            }

            if (_levels.Count == 0 && !store.NameOf(child).StartsWith(prefix))
            {
                return NodeStore.None;
            }

            level.Place.Index++;
            _levels.Push(level);
            if (store[child].NumChildren > 0 && mayEnter(store.AclOf(child)))
            {
                Enter(child);
            }

            return child;
        }

        return NodeStore.None;
    }

    private void Enter(int node)
    {
        var order = store.Orders.Of(node);
        _levels.Push((order, order.From(default)));
    }
}

using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Watches;

namespace GrainKeeper.Client.Sessions;

/// <summary>The watches of a session, by the client's paths. Safe for any thread.</summary>
internal sealed class WatchRegistry
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(WatchSlot Slot, string Path), List<Action<WatchEvent>>> _callbacks = [];
    private readonly Dictionary<(WatchSlot Slot, string Path), List<PersistentWatch>> _persistent = [];

    /// <summary>Adds a callback that waits once; the same one twice for the same is kept once.</summary>
    internal void Add(WatchSlot slot, string path, Action<WatchEvent> callback)
    {
        lock (_lock)
        {
            var list = ListOf(_callbacks, slot, path);
            if (!list.Contains(callback))
            {
                list.Add(callback);
            }
        }
    }

    /// <summary>Adds a watch that lasts.</summary>
    internal void Add(PersistentWatch watch)
    {
        lock (_lock)
        {
            ListOf(_persistent, watch.Slot, watch.Path).Add(watch);
        }
    }

    /// <summary>Removes a watch that lasts.</summary>
    /// <returns>Whether it was the last of its slot and path.</returns>
    internal bool Remove(PersistentWatch watch)
    {
        lock (_lock)
        {
            watch.IsOver = true;
            if (!_persistent.TryGetValue((watch.Slot, watch.Path), out var list) || !list.Remove(watch) || list.Count > 0)
            {
                return false;
            }

            _persistent.Remove((watch.Slot, watch.Path));
            return true;
        }
    }

    /// <summary>Whether there is such a watch.</summary>
    internal bool HasPersistent(WatchSlot slot, string path)
    {
        lock (_lock)
        {
            return _persistent.ContainsKey((slot, path));
        }
    }

    /// <summary>Removes all watches of a path.</summary>
    internal void RemoveAll(string path, params ReadOnlySpan<WatchSlot> slots)
    {
        lock (_lock)
        {
            foreach (var slot in slots)
            {
                _callbacks.Remove((slot, path));
                if (_persistent.Remove((slot, path), out var watches))
                {
                    watches.ForEach(w => w.IsOver = true);
                }
            }
        }
    }

    /// <summary>Hands an event that has just happened to those it is for. Those that wait once are removed with it; a watch that lasts has had it once it was taken.</summary>
    /// <param name="change">The event.</param>
    /// <param name="hand">Takes each callback once; false when it cannot.</param>
    /// <returns>False when one could not be handed out.</returns>
    internal bool Happened(WatchEvent change, Func<Action<WatchEvent>, bool> hand)
    {
        lock (_lock)
        {
            var once = new List<Action<WatchEvent>>();
            foreach (var slot in OneShotSlots(change.Type))
            {
                if (_callbacks.Remove((slot, change.Path), out var removed))
                {
                    once.AddRange(removed);
                }
            }

            return once.Distinct().All(hand) && (_persistent.Count == 0 || HandOut(LiveWatches(change), change, hand));
        }
    }

    /// <summary>Hands a past event to those of some watches that it is for.</summary>
    /// <returns>False when one could not be handed out.</returns>
    internal bool CaughtUp(IReadOnlyList<PersistentWatch> watches, WatchEvent change, Func<Action<WatchEvent>, bool> hand)
    {
        lock (_lock)
        {
            return HandOut(watches.Where(w => !w.IsLive && w.Covers(change.Type, change.Path)), change, hand);
        }
    }

    /// <summary>Tells some watches that events are missing.</summary>
    /// <returns>False when one could not be told.</returns>
    internal bool Lost(IReadOnlyList<PersistentWatch> watches, EventPosition upTo, Func<PersistentWatch, bool> hand)
    {
        lock (_lock)
        {
            foreach (var watch in watches.Where(w => w.IsBefore(upTo)))
            {
                if (!hand(watch))
                {
                    return false;
                }

                watch.PassTo(upTo);
            }

            return true;
        }
    }

    /// <summary>These watches have been told everything up to here.</summary>
    internal void PassTo(IReadOnlyList<PersistentWatch> watches, EventPosition position)
    {
        lock (_lock)
        {
            foreach (var watch in watches)
            {
                watch.PassTo(position);
            }
        }
    }

    /// <summary>From here on the server tells the events of these watches as they happen.</summary>
    internal void GoLive(IReadOnlyList<PersistentWatch> watches, EventPosition from)
    {
        lock (_lock)
        {
            foreach (var watch in watches)
            {
                watch.PassTo(from);
                watch.IsLive = true;
            }
        }
    }

    /// <summary>Where to ask for the events of some watches: the least that any of them has seen; null for what happens from now on.</summary>
    internal EventPosition? PositionOf(IReadOnlyList<PersistentWatch> watches)
    {
        lock (_lock)
        {
            EventPosition? least = null;
            foreach (var watch in watches)
            {
                if (watch.Position is { } position && (least is null || position < least))
                {
                    least = position;
                }
            }

            return least;
        }
    }

    /// <summary>
    /// The connection is lost: what happens is not told any more. A server tells events before every answer that shows them, so those that were live have had all up to the last answer.
    /// </summary>
    /// <param name="lastZxid">The zxid of the last answer.</param>
    /// <returns>The watches that were live, in order of paths.</returns>
    internal IReadOnlyList<PersistentWatch> Detached(long lastZxid)
    {
        lock (_lock)
        {
            var live = _persistent.Values.SelectMany(l => l).Where(w => w.IsLive)
                .OrderBy(w => w.Path, StringComparer.Ordinal).ThenBy(w => w.Slot).ToList();
            foreach (var watch in live)
            {
                watch.PassTo(EventPosition.After(new Zxid(lastZxid)));
                watch.IsLive = false;
            }

            return live;
        }
    }

    /// <summary>The paths of a slot, in order.</summary>
    internal IReadOnlyList<string> Paths(WatchSlot slot)
    {
        lock (_lock)
        {
            return [.. _callbacks.Keys.Concat(_persistent.Keys).Where(k => k.Slot == slot).Select(k => k.Path).Order(StringComparer.Ordinal)];
        }
    }

    private static bool HandOut(IEnumerable<PersistentWatch> watches, WatchEvent change, Func<Action<WatchEvent>, bool> hand)
    {
        var at = new EventPosition(new Zxid(change.Zxid), change.Index);
        foreach (var watch in watches.Where(w => w.IsBefore(at)))
        {
            if (!hand(watch.Callback))
            {
                return false;
            }

            watch.PassTo(at);
        }

        return true;
    }

    private IEnumerable<PersistentWatch> LiveWatches(WatchEvent change)
    {
        var found = Enumerable.Empty<PersistentWatch>();
        if (_persistent.TryGetValue((WatchSlot.Persistent, change.Path), out var own))
        {
            found = found.Concat(own);
        }

        if (change.Type != WatchEventType.NodeChildrenChanged)
        {
            for (var above = change.Path; above.Length > 0; above = Parent(above))
            {
                if (_persistent.TryGetValue((WatchSlot.Recursive, above), out var watches))
                {
                    found = found.Concat(watches);
                }
            }
        }

        return found.Where(w => w.IsLive);
    }

    private static List<T> ListOf<T>(Dictionary<(WatchSlot Slot, string Path), List<T>> lists, WatchSlot slot, string path)
    {
        if (!lists.TryGetValue((slot, path), out var list))
        {
            lists[(slot, path)] = list = [];
        }

        return list;
    }

    private static WatchSlot[] OneShotSlots(WatchEventType type) => type switch
    {
        WatchEventType.NodeCreated or WatchEventType.NodeDataChanged => [WatchSlot.Data, WatchSlot.Exist],
        WatchEventType.NodeDeleted => [WatchSlot.Data, WatchSlot.Exist, WatchSlot.Child],
        WatchEventType.NodeChildrenChanged => [WatchSlot.Child],
        _ => [],
    };

    private static string Parent(string path)
    {
        var slash = path.LastIndexOf('/');
        return path.Length == 1 ? string.Empty : slash == 0 ? "/" : path[..slash];
    }
}

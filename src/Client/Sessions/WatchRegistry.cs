using GrainKeeper.Core.Watches;

namespace GrainKeeper.Client.Sessions;

/// <summary>The callbacks of a session's watches, by the client's paths. Safe for any thread.</summary>
internal sealed class WatchRegistry
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(WatchSlot Slot, string Path), List<Action<WatchEvent>>> _callbacks = [];

    /// <summary>Adds a callback; the same one twice for the same is kept once.</summary>
    internal void Add(WatchSlot slot, string path, Action<WatchEvent> callback)
    {
        lock (_lock)
        {
            if (!_callbacks.TryGetValue((slot, path), out var list))
            {
                _callbacks[(slot, path)] = list = [];
            }

            if (!list.Contains(callback))
            {
                list.Add(callback);
            }
        }
    }

    /// <summary>Removes a callback.</summary>
    /// <returns>Whether it was the last of its slot and path.</returns>
    internal bool Remove(WatchSlot slot, string path, Action<WatchEvent> callback)
    {
        lock (_lock)
        {
            if (!_callbacks.TryGetValue((slot, path), out var list) || !list.Remove(callback) || list.Count > 0)
            {
                return false;
            }

            _callbacks.Remove((slot, path));
            return true;
        }
    }

    /// <summary>Removes all callbacks of a path.</summary>
    internal void RemoveAll(string path, params ReadOnlySpan<WatchSlot> slots)
    {
        lock (_lock)
        {
            foreach (var slot in slots)
            {
                _callbacks.Remove((slot, path));
            }
        }
    }

    /// <summary>The callbacks that an event is for, each once. Those of one-shot watches are removed with it.</summary>
    internal IReadOnlyCollection<Action<WatchEvent>> Take(WatchEventType type, string path)
    {
        var found = new List<Action<WatchEvent>>();
        lock (_lock)
        {
            foreach (var slot in OneShotSlots(type))
            {
                if (_callbacks.Remove((slot, path), out var once))
                {
                    found.AddRange(once);
                }
            }

            found.AddRange(_callbacks.GetValueOrDefault((WatchSlot.Persistent, path)) ?? []);
            if (type != WatchEventType.NodeChildrenChanged)
            {
                for (var above = path; above.Length > 0; above = Parent(above))
                {
                    found.AddRange(_callbacks.GetValueOrDefault((WatchSlot.Recursive, above)) ?? []);
                }
            }
        }

        return [.. found.Distinct()];
    }

    /// <summary>The paths of a slot, in order.</summary>
    internal IReadOnlyList<string> Paths(WatchSlot slot)
    {
        lock (_lock)
        {
            return [.. _callbacks.Keys.Where(k => k.Slot == slot).Select(k => k.Path).Order(StringComparer.Ordinal)];
        }
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

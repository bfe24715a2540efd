using GrainKeeper.Core.Watches;

namespace GrainKeeper.Client.Sessions;

/// <summary>
/// A watch that lasts, and how far its events have been handed out. Guarded by the lock of its <see cref="WatchRegistry"/>; what does not change may be read by anybody.
/// </summary>
/// <param name="slot">Persistent or recursive.</param>
/// <param name="path">The node, as the client names it.</param>
/// <param name="callback">Takes the events.</param>
/// <param name="from">Where it goes on; null for what happens from now on.</param>
internal sealed class PersistentWatch(WatchSlot slot, string path, Action<WatchEvent> callback, EventPosition? from = null)
{
    private const int UsualPage = 4_096;
    private volatile bool _isOver;

    internal WatchSlot Slot => slot;

    internal string Path => path;

    internal Action<WatchEvent> Callback => callback;

    /// <summary>How many past events it takes at a time.</summary>
    internal int MostEvents { get; init; } = UsualPage;

    /// <summary>Waits until it can take so many. Watches without it share requests.</summary>
    internal Func<Task>? Room { get; init; }

    /// <summary>Called when it cannot go on.</summary>
    internal Action<Exception>? Failed { get; init; }

    /// <summary>Everything up to here was handed out; null before the servers have told where it begins.</summary>
    internal EventPosition? Position { get; set; } = from;

    /// <summary>Whether the server attached tells its events as they happen; else they are asked for.</summary>
    internal bool IsLive { get; set; }

    /// <summary>Whether nobody wants events any more.</summary>
    internal bool IsOver
    {
        get => _isOver;
        set => _isOver = value;
    }

    /// <summary>Whether an event is for it.</summary>
    internal bool Covers(WatchEventType type, string node) => slot == WatchSlot.Persistent
        ? node == path
        : type != WatchEventType.NodeChildrenChanged
            && (path == "/" || (node.StartsWith(path, StringComparison.Ordinal) && (node.Length == path.Length || node[path.Length] == '/')));

    /// <summary>Whether it has not had an event at this place yet.</summary>
    internal bool IsBefore(EventPosition at) => !IsOver && Position is { } seen && seen < at;

    /// <summary>Everything up to here was handed out.</summary>
    internal void PassTo(EventPosition at)
    {
        if (Position is null || Position < at)
        {
            Position = at;
        }
    }
}

using GrainKeeper.Core.Watches;

namespace GrainKeeper.Client;

/// <summary>Something that a watch waited for.</summary>
/// <param name="Type">What happened.</param>
/// <param name="Path">The node, as the client names it; of <see cref="WatchEventType.EventsLost"/> the watch's own.</param>
/// <param name="Zxid">The transaction that caused it; of <see cref="WatchEventType.EventsLost"/> the last one of which events are missing; −1 when the server does not tell, for watches that wait once.</param>
public sealed record WatchEvent(WatchEventType Type, string Path, long Zxid)
{
    /// <summary>Its number among the events of its transaction, from 1, those that the watch does not cover included; 0 when the server does not tell.</summary>
    public int Index { get; init; }

    /// <summary>Where a watch goes on that shall tell everything after this event.</summary>
    public WatchPosition Position => new(Zxid, Index);
}

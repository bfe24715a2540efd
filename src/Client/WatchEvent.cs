using GrainKeeper.Core.Watches;

namespace GrainKeeper.Client;

/// <summary>Something that a watch waited for.</summary>
/// <param name="Type">What happened.</param>
/// <param name="Path">The node, as the client names it.</param>
/// <param name="Zxid">The transaction that caused it, when the server tells; else −1.</param>
public sealed record WatchEvent(WatchEventType Type, string Path, long Zxid);

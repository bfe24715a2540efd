using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Watches;

namespace GrainKeeper.Core.Replica;

/// <summary>Writes watch events to clients, at once: so each is ahead of every answer that shows its change.</summary>
internal sealed class WatchEvents(ConnectionTable connections, Outbox outbox, bool skipAcl) : IWatchSink
{
    private const int StateConnected = 3;
    private const long NoZxid = -1;

    public bool MayRead(long watcher, AclList acl) =>
        skipAcl || (connections.Find(new ConnectionId(watcher)) is { } client && AclGuard.Allows(acl, Permissions.Read, client.Who));

    public void Deliver(long watcher, WatchEventType type, ReadOnlySpan<byte> path, EventPosition at)
    {
        if (connections.Find(new ConnectionId(watcher)) is not { } client)
        {
            return;
        }

        var output = outbox.BeginFrame(client, out var start);
        var writer = new JuteWriter(output);
        new ReplyHeader(ReservedXid.Notification, client.TellsPositions ? at.Zxid.Value : NoZxid, ErrorCode.Ok).Write(writer);
        new WatcherEvent((int)type, StateConnected, path).Write(writer);
        if (client.TellsPositions)
        {
            writer.WriteInt(at.Ordinal);
        }

        Outbox.EndFrame(output, start);
    }
}

using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Watches;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Replica.Events;

/// <summary>
/// Tells what some watches would have told of past transactions, by the very code that tells it live. Writes the events down one after another, up to a limit.
/// </summary>
/// <param name="after">Events up to here are left out.</param>
/// <param name="acls">By which ACLs they were judged; null when the client may read everything.</param>
/// <param name="who">The client.</param>
/// <param name="mostEvents">How many to write at most.</param>
/// <param name="mostBytes">After how many bytes of them to stop.</param>
/// <param name="output">Takes them.</param>
internal sealed class EventReplay(EventPosition after, EventAcls? acls, Credentials who, int mostEvents, int mostBytes, ByteBuffer output) : IWatchSink
{
    private const long Watcher = 1;
    private readonly int _start = output.Length;
    private readonly EventPosition _after = after;
    private WatchManager? _watches;
    private EventOrdinals _ordinals;

    /// <summary>Events written.</summary>
    public int Count { get; private set; }

    /// <summary>How far the transactions have been told.</summary>
    public EventPosition Position { get; private set; } = after;

    /// <summary>Whether there was no room for an event: it is the next one after <see cref="Position"/>.</summary>
    public bool IsFull { get; private set; }

    private WatchManager Watches => _watches ??= new WatchManager(this);

    /// <summary>Adds a watch.</summary>
    /// <returns>False when there are too many.</returns>
    public bool Watch(ReadOnlySpan<byte> path, WatchKind kind) => Watches.Add(Watcher, path, kind) != WatchAddResult.LimitReached;

    /// <summary>Tells of the next transaction.</summary>
    public void Tell(Txn txn)
    {
        var reader = new TxnReader(Membership.ChangeOf(txn));
        while (reader.MoveNext(out var operation))
        {
            switch (operation.Type)
            {
                case OpCode.Create or OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl:
                    Watches.Created(txn.Zxid, operation.Path, NextAcl(txn.Zxid), NodeStore.ParentPath(operation.Path), NextAcl(txn.Zxid));
                    break;
                case OpCode.Delete or OpCode.DeleteContainer:
                    Deleted(txn.Zxid, operation.Path);
                    break;
                case OpCode.SetData or OpCode.Reconfig:
                    Watches.DataChanged(txn.Zxid, operation.Path, NextAcl(txn.Zxid));
                    break;
                case OpCode.CloseSession:
                    foreach (var path in operation.Paths)
                    {
                        Deleted(txn.Zxid, path);
                    }

                    break;
                default:
                    break;
            }
        }

        if (!IsFull)
        {
            PassTo(EventPosition.After(txn.Zxid));
        }
    }

    /// <summary>All up to here is told.</summary>
    public void PassTo(EventPosition position) => Position = position > Position ? position : Position;

    public bool MayRead(long watcher, AclList acl) => acls is null || AclGuard.Allows(acl, Permissions.Read, who);

    public void Deliver(long watcher, WatchEventType type, ReadOnlySpan<byte> path, EventPosition at)
    {
        if (at <= _after || IsFull)
        {
            return;
        }

        if (Count == mostEvents || output.Length - _start >= mostBytes)
        {
            IsFull = true;
            return;
        }

        var writer = new JuteWriter(output);
        writer.WriteLong(at.Zxid.Value);
        writer.WriteInt(at.Ordinal);
        writer.WriteInt((int)type);
        writer.WriteBuffer(path);
        Count++;
        Position = at;
    }

    private void Deleted(Zxid zxid, ReadOnlySpan<byte> path) => Watches.Deleted(zxid, path, NextAcl(zxid), NodeStore.ParentPath(path), NextAcl(zxid));

    private AclList NextAcl(Zxid zxid)
    {
        var at = _ordinals.Next(zxid);
        return acls?.At(at) ?? AclList.ReadOnly;
    }
}

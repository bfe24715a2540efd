using System.Text;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Watches;

namespace GrainKeeper.Core.Replica;

/// <summary>Answers reads from this server's tree (ZooKeeper's FinalRequestProcessor). A watch is registered in the same step as its read.</summary>
internal sealed class ReadProcessor(ReplicaState state, WatchManager watches, Outbox outbox, bool skipAcl)
{
    private const int MostBytesOfMultiRead = 16 * 1024 * 1024;
    private readonly List<ReadOnlyMemory<byte>> _names = [];
    private readonly PageReader _pages = new(state, skipAcl);

    /// <summary>Whether the operation is answered without the leader.</summary>
    public static bool IsRead(OpCode type) => type is OpCode.Exists or OpCode.GetData or OpCode.GetAcl or OpCode.GetChildren or OpCode.GetChildren2
        or OpCode.CheckWatches or OpCode.RemoveWatches or OpCode.MultiRead or OpCode.SetWatches or OpCode.SetWatches2 or OpCode.AddWatch
        or OpCode.GetEphemerals or OpCode.GetAllChildrenNumber or OpCode.WhoAmI or OpCode.GetChildrenPage or OpCode.GetSubtreePage or OpCode.GetNode;

    /// <summary>Reads and answers.</summary>
    /// <exception cref="JuteFormatException">The request is malformed: nothing was sent.</exception>
    public void Answer(ClientConnection client, int xid, OpCode type, ReadOnlySpan<byte> body)
    {
        var reader = new JuteReader(body);
        if (type is OpCode.SetWatches or OpCode.SetWatches2)
        {
            // Its events are frames of their own, and come before the answer.
            var error = SetWatches(client, type, ref reader);
            outbox.Send(client, new ReplyHeader(xid, state.LastApplied.Value, error));
            return;
        }

        var output = outbox.BeginFrame(client, out var start);
        var complete = false;
        try
        {
            var writer = new JuteWriter(output);
            new ReplyHeader(xid, state.LastApplied.Value, ErrorCode.Ok).Write(writer);
            var error = Read(client, type, ref reader, writer, output);
            if (error != ErrorCode.Ok)
            {
                output.CutTo(start + sizeof(int));
                new ReplyHeader(xid, state.LastApplied.Value, error).Write(writer);
            }

            complete = true;
        }
        finally
        {
            if (!complete)
            {
                output.CutTo(start);
            }
        }

        Outbox.EndFrame(output, start);
    }

    private ErrorCode Read(ClientConnection client, OpCode type, ref JuteReader reader, JuteWriter writer, ByteBuffer output)
    {
        switch (type)
        {
            case OpCode.Exists:
                return Exists(client, PathWatchRequest.Read(ref reader), writer);
            case OpCode.GetData:
                return GetData(client, PathWatchRequest.Read(ref reader), writer);
            case OpCode.GetChildren or OpCode.GetChildren2:
                return GetChildren(client, PathWatchRequest.Read(ref reader), writer, type == OpCode.GetChildren2);
            case OpCode.GetAcl:
                return GetAcl(client, PathRecord.Read(ref reader).Path, writer);
            case OpCode.MultiRead:
                return MultiRead(client, ref reader, writer, output);
            case OpCode.AddWatch:
                return AddWatch(client, PathModeRequest.Read(ref reader), writer);
            case OpCode.CheckWatches or OpCode.RemoveWatches:
                return CheckWatches(client, PathModeRequest.Read(ref reader), remove: type == OpCode.RemoveWatches);
            case OpCode.GetEphemerals:
                GetEphemerals(client, PathRecord.Read(ref reader).Path, writer);
                return ErrorCode.Ok;
            case OpCode.GetAllChildrenNumber:
                return CountDescendants(client, PathRecord.Read(ref reader).Path, writer);
            case OpCode.GetChildrenPage:
                return _pages.Children(client, PageRequest.Read(ref reader), writer, output);
            case OpCode.GetSubtreePage:
                return _pages.Subtree(client, PageRequest.Read(ref reader), writer, output);
            case OpCode.GetNode:
                return GetNode(client, PathRecord.Read(ref reader).Path, writer);
            case OpCode.WhoAmI:
                WhoAmI(client, writer);
                return ErrorCode.Ok;
            default:
                throw new InvariantViolationException($"operation {type} is no read");
        }
    }

    private ErrorCode Exists(ClientConnection client, PathWatchRequest request, JuteWriter writer)
    {
        if (request.Path.Contains((byte)0))
        {
            return ErrorCode.BadArguments;
        }

        var found = state.Tree.TryFind(request.Path, out var node);
        if (request.Watch && !Watch(client, request.Path, WatchKind.Data))
        {
            return ErrorCode.Throttled;
        }

        if (!found)
        {
            return ErrorCode.NoNode;
        }

        node.Stat.Write(writer);
        return ErrorCode.Ok;
    }

    private ErrorCode GetData(ClientConnection client, PathWatchRequest request, JuteWriter writer)
    {
        var error = Find(client, request.Path, Permissions.Read, out var node);
        if (error != ErrorCode.Ok)
        {
            return error;
        }

        if (request.Watch && !Watch(client, request.Path, WatchKind.Data))
        {
            return ErrorCode.Throttled;
        }

        writer.WriteBuffer(node.Data, node.DataIsNull);
        node.Stat.Write(writer);
        return ErrorCode.Ok;
    }

    private ErrorCode GetChildren(ClientConnection client, PathWatchRequest request, JuteWriter writer, bool withStat)
    {
        var error = Find(client, request.Path, Permissions.Read, out var node);
        if (error != ErrorCode.Ok)
        {
            return error;
        }

        if (request.Watch && !Watch(client, request.Path, WatchKind.Child))
        {
            return ErrorCode.Throttled;
        }

        var children = node.Children;
        writer.WriteInt(children.Count);
        foreach (var child in children)
        {
            writer.WriteBuffer(child.Name);
        }

        if (withStat)
        {
            node.Stat.Write(writer);
        }

        return ErrorCode.Ok;
    }

    private ErrorCode GetAcl(ClientConnection client, ReadOnlySpan<byte> path, JuteWriter writer)
    {
        var error = Find(client, path, Permissions.Read | Permissions.Admin, out var node);
        if (error != ErrorCode.Ok)
        {
            return error;
        }

        WriteAcl(client, node.Acl, writer);
        node.Stat.Write(writer);
        return ErrorCode.Ok;
    }

    private ErrorCode GetNode(ClientConnection client, ReadOnlySpan<byte> path, JuteWriter writer)
    {
        var error = Find(client, path, Permissions.Read, out var node);
        if (error != ErrorCode.Ok)
        {
            return error;
        }

        writer.WriteBuffer(node.Data, node.DataIsNull);
        WriteAcl(client, node.Acl, writer);
        node.Stat.Write(writer);
        writer.WriteInt((int)node.Kind);
        writer.WriteLong(node.Ttl);
        return ErrorCode.Ok;
    }

    private void WriteAcl(ClientConnection client, AclList acl, JuteWriter writer)
    {
        if (Allows(client, acl, Permissions.Admin))
        {
            AclJute.Write(writer, acl);
        }
        else
        {
            WriteMasked(acl, writer);
        }
    }

    /// <summary>Hides the hashes of digests: who may not change an ACL need not be able to attack the passwords in it.</summary>
    private static void WriteMasked(AclList acl, JuteWriter writer)
    {
        writer.WriteInt(acl.Count);
        foreach (ref readonly var entry in acl.Entries)
        {
            var id = entry.Id;
            if (entry.Scheme == AuthSchemes.Digest && id.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon)
            {
                id = string.Concat(id.AsSpan(0, colon), ":x");
            }

            writer.WriteInt((int)entry.Permissions);
            writer.WriteString(entry.Scheme);
            writer.WriteString(id);
        }
    }

    private ErrorCode MultiRead(ClientConnection client, ref JuteReader reader, JuteWriter writer, ByteBuffer output)
    {
        var first = output.Length;
        while (MultiHeader.Read(ref reader) is { Done: false, Type: var type })
        {
            if (output.Length - first > MostBytesOfMultiRead)
            {
                // A request of a few bytes an operation must not make an answer of gigabytes; no client takes one.
                return ErrorCode.MarshallingError;
            }

            if (type is not (OpCode.GetData or OpCode.GetChildren))
            {
                return ErrorCode.MarshallingError;
            }

            var start = output.Length;
            new MultiHeader(type, false, ErrorCode.Ok).Write(writer);
            // Reads within a multiRead set no watches, as in ZooKeeper.
            var request = new PathWatchRequest(PathWatchRequest.Read(ref reader).Path, false);
            var error = type == OpCode.GetData ? GetData(client, request, writer) : GetChildren(client, request, writer, withStat: false);
            if (error != ErrorCode.Ok)
            {
                output.CutTo(start);
                new MultiHeader(OpCode.Error, false, error).Write(writer);
                writer.WriteInt((int)error);
            }
        }

        MultiHeader.End.Write(writer);
        return ErrorCode.Ok;
    }

    private ErrorCode AddWatch(ClientConnection client, PathModeRequest request, JuteWriter writer)
    {
        var kind = request.Mode switch
        {
            0 => WatchKind.Persistent,
            1 => WatchKind.PersistentRecursive,
            _ => WatchKind.None,
        };
        if (kind == WatchKind.None)
        {
            return ErrorCode.MarshallingError;
        }

        if (!Watch(client, request.Path, kind))
        {
            return ErrorCode.Throttled;
        }

        writer.WriteInt(0);
        return ErrorCode.Ok;
    }

    private ErrorCode CheckWatches(ClientConnection client, PathModeRequest request, bool remove)
    {
        var type = (WatcherType)request.Mode;
        if (!Enum.IsDefined(type))
        {
            return ErrorCode.MarshallingError;
        }

        var known = remove
            ? watches.Remove(client.Id.Value, request.Path, type)
            : watches.Contains(client.Id.Value, request.Path, type);
        return known ? ErrorCode.Ok : ErrorCode.NoWatcher;
    }

    private ErrorCode SetWatches(ClientConnection client, OpCode type, ref JuteReader reader)
    {
        var request = SetWatchesRequest.Read(ref reader, type);
        var since = new Zxid(request.RelativeZxid);
        return Resume(client, since, request.Data, ResumedWatch.Data)
            && Resume(client, since, request.Exist, ResumedWatch.Exist)
            && Resume(client, since, request.Child, ResumedWatch.Child)
            && Resume(client, since, request.Persistent, ResumedWatch.Persistent)
            && Resume(client, since, request.PersistentRecursive, ResumedWatch.PersistentRecursive)
            ? ErrorCode.Ok
            : ErrorCode.Throttled;
    }

    private bool Resume(ClientConnection client, Zxid since, StringVector paths, ResumedWatch kind)
    {
        foreach (var path in paths)
        {
            if (watches.Resume(state.Tree, client.Id.Value, since, path, kind) == WatchAddResult.LimitReached)
            {
                return false;
            }
        }

        return true;
    }

    private void GetEphemerals(ClientConnection client, ReadOnlySpan<byte> prefix, JuteWriter writer)
    {
        _names.Clear();
        var all = prefix.IsEmpty || prefix.SequenceEqual("/"u8);
        foreach (var node in state.Tree.EphemeralsOf(client.SessionId))
        {
            if (all || node.Path.StartsWith(prefix))
            {
                _names.Add(node.Path.ToArray());
            }
        }

        writer.WriteInt(_names.Count);
        foreach (var name in _names)
        {
            writer.WriteBuffer(name.Span);
        }

        _names.Clear();
    }

    private ErrorCode CountDescendants(ClientConnection client, ReadOnlySpan<byte> path, JuteWriter writer)
    {
        var error = Find(client, path, Permissions.Read, out var node);
        if (error == ErrorCode.Ok)
        {
            writer.WriteInt(state.Tree.CountDescendants(node));
        }

        return error;
    }

    private static void WhoAmI(ClientConnection client, JuteWriter writer)
    {
        writer.WriteInt(client.Who.Identities.Length);
        foreach (ref readonly var identity in client.Who.Identities)
        {
            // The digest itself is a secret; the name before it is not.
            var user = identity.Scheme == AuthSchemes.Digest ? identity.Id.AsSpan(0, identity.Id.IndexOf(':', StringComparison.Ordinal)) : identity.Id;
            writer.WriteString(identity.Scheme);
            writer.WriteBuffer(Encoding.UTF8.GetBytes(user.ToString()));
        }
    }

    private ErrorCode Find(ClientConnection client, ReadOnlySpan<byte> path, Permissions any, out NodeRef node)
    {
        if (!state.Tree.TryFind(path, out node))
        {
            return ErrorCode.NoNode;
        }

        return Allows(client, node.Acl, any) ? ErrorCode.Ok : ErrorCode.NoAuth;
    }

    private bool Allows(ClientConnection client, AclList acl, Permissions any) => skipAcl || AclGuard.Allows(acl, any, client.Who);

    private bool Watch(ClientConnection client, ReadOnlySpan<byte> path, WatchKind kind) =>
        watches.Add(client.Id.Value, path, kind) != WatchAddResult.LimitReached;
}

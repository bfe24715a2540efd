using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Requests;

/// <content>The operations that clients ask for, alone or within a multi. The order of checks decides which error a client sees: it is ZooKeeper's.</content>
internal sealed partial class RequestPreparer
{
    private ErrorCode Operation(OpCode type, in WriteRequest request, ref JuteReader reader, TxnWriter writer, Zxid zxid, long wall)
    {
        // Every record begins with its path.
        var start = reader.Position;
        switch (type)
        {
            case OpCode.Create or OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl:
                var create = CreateRequest.Read(ref reader, type);
                return Create(type, PathAt(request.Body, start, create.Path.Length), create, request, writer, zxid, wall);
            case OpCode.Delete:
                var delete = PathVersionRequest.Read(ref reader);
                return Delete(PathAt(request.Body, start, delete.Path.Length), delete.Version, request.Who, writer, zxid);
            case OpCode.SetData:
                var setData = SetDataRequest.Read(ref reader);
                return SetData(PathAt(request.Body, start, setData.Path.Length), setData, request.Who, writer, zxid, wall);
            case OpCode.SetAcl:
                var setAcl = SetAclRequest.Read(ref reader);
                return SetAcl(PathAt(request.Body, start, setAcl.Path.Length), setAcl, request.Who, writer, zxid);
            case OpCode.Check:
                var check = PathVersionRequest.Read(ref reader);
                return Check(check.Path, check.Version, request.Who, writer);
            default:
                throw new InvariantViolationException($"operation {type} cannot be prepared");
        }
    }

    private ErrorCode Create(
        OpCode type, ReadOnlyMemory<byte> path, CreateRequest record, in WriteRequest request, TxnWriter writer, Zxid zxid, long wall)
    {
        var code = KindOf(type, record, out var kind, out var sequential);
        if (code != ErrorCode.Ok)
        {
            return code;
        }

        if (kind == NodeKind.Ephemeral && request.SessionId == 0)
        {
            // A transaction of several participants is nobody's session.
            return ErrorCode.EphemeralOnLocalSession;
        }

        if (!TrySplit(path.Span, out var parentLength))
        {
            return ErrorCode.BadArguments;
        }

        if (_acls.Resolve(record.Acl, request.Who) is not { } acl)
        {
            return ErrorCode.InvalidAcl;
        }

        var parentPath = parentLength == 0 ? RootPath : path[..parentLength];
        if (!changes.TryGet(parentPath.Span, out var parent))
        {
            return ErrorCode.NoNode;
        }

        if (!Allows(parent.Acl, Permissions.Create, request.Who))
        {
            return ErrorCode.NoAuth;
        }

        if (sequential)
        {
            path = SequenceNumber.Append(path.Span, parent.CVersion);
        }

        if (!PathValidator.Check(path.Span).IsNone || IsForbiddenTree(path.Span, kind))
        {
            return ErrorCode.BadArguments;
        }

        if (changes.TryGet(path.Span, out _))
        {
            return ErrorCode.NodeExists;
        }

        if (parent.Kind == NodeKind.Ephemeral)
        {
            return ErrorCode.NoChildrenForEphemerals;
        }

        if (rules.EnforceQuota && changes.Usage.Exceeds(path.Span, 1, record.Data.Length))
        {
            return ErrorCode.QuotaExceeded;
        }

        var lifetime = kind switch
        {
            NodeKind.Ephemeral => request.SessionId,
            NodeKind.Ttl => record.Ttl,
            _ => 0,
        };
        parent.CVersion = unchecked(parent.CVersion + 1);
        parent.Children++;
        parent.Zxid = zxid;
        writer.Create(type, path.Span, record.Data, record.DataIsNull, acl, kind, lifetime, parent.CVersion);
        changes.Put(parentPath, parent);
        var node = new NodeView { Zxid = zxid, Exists = true, Kind = kind, Lifetime = lifetime, Mtime = wall, Acl = acl, DataLength = record.Data.Length };
        changes.Put(path, node, created: true);
        NoteUsage(zxid, path.Span, 1, record.Data.Length);
        return ErrorCode.Ok;
    }

    /// <summary>CreateMode.fromFlag, and which operation may ask for which kind.</summary>
    private ErrorCode KindOf(OpCode type, CreateRequest record, out NodeKind kind, out bool sequential)
    {
        var mode = (CreateMode)record.Flags;
        kind = mode switch
        {
            CreateMode.Ephemeral or CreateMode.EphemeralSequential => NodeKind.Ephemeral,
            CreateMode.Container => NodeKind.Container,
            CreateMode.PersistentTtl or CreateMode.PersistentSequentialTtl => NodeKind.Ttl,
            _ => NodeKind.Persistent,
        };
        sequential = mode is CreateMode.PersistentSequential or CreateMode.EphemeralSequential or CreateMode.PersistentSequentialTtl;
        if (!Enum.IsDefined(mode))
        {
            return ErrorCode.BadArguments;
        }

        if (kind == NodeKind.Ttl && !rules.TtlNodes)
        {
            return ErrorCode.Unimplemented;
        }

        var matches = type switch
        {
            OpCode.CreateContainer => kind == NodeKind.Container,
            OpCode.CreateTtl => kind == NodeKind.Ttl && record.Ttl is > 0 and <= LongestTtl,
            _ => kind is NodeKind.Persistent or NodeKind.Ephemeral,
        };
        return matches ? ErrorCode.Ok : ErrorCode.BadArguments;
    }

    private ErrorCode Delete(ReadOnlyMemory<byte> path, int version, Credentials who, TxnWriter writer, Zxid zxid)
    {
        if (!TrySplit(path.Span, out var parentLength) || SpecialPaths.IsPermanent(path.Span))
        {
            return ErrorCode.BadArguments;
        }

        if (!changes.TryGet(ParentOf(path, parentLength).Span, out var parent))
        {
            return ErrorCode.NoNode;
        }

        if (!Allows(parent.Acl, Permissions.Delete, who))
        {
            return ErrorCode.NoAuth;
        }

        if (!changes.TryGet(path.Span, out var node))
        {
            return ErrorCode.NoNode;
        }

        if (version != -1 && version != node.Version)
        {
            return ErrorCode.BadVersion;
        }

        if (node.Children > 0 || IsTreeInUse(path.Span, node))
        {
            return ErrorCode.NotEmpty;
        }

        writer.Delete(OpCode.Delete, path.Span);
        PutDeleted(path, zxid);
        return ErrorCode.Ok;
    }

    private ErrorCode SetData(
        ReadOnlyMemory<byte> path, SetDataRequest record, Credentials who, TxnWriter writer, Zxid zxid, long wall)
    {
        var code = Find(path.Span, Permissions.Write, who, out var node);
        if (code != ErrorCode.Ok)
        {
            return code;
        }

        var growth = record.Data.Length - node.DataLength;
        if (rules.EnforceQuota && changes.Usage.Exceeds(path.Span, 0, growth))
        {
            return ErrorCode.QuotaExceeded;
        }

        if (record.Version != -1 && record.Version != node.Version)
        {
            return ErrorCode.BadVersion;
        }

        NoteUsage(zxid, path.Span, 0, growth);
        node.DataLength = record.Data.Length;
        node.Version = After(node.Version);
        node.Mtime = wall;
        node.Zxid = zxid;
        writer.SetData(OpCode.SetData, path.Span, record.Data, record.DataIsNull, node.Version);
        changes.Put(path, node);
        return ErrorCode.Ok;
    }

    private ErrorCode SetAcl(ReadOnlyMemory<byte> path, SetAclRequest record, Credentials who, TxnWriter writer, Zxid zxid)
    {
        if (!PathValidator.Check(path.Span).IsNone)
        {
            return ErrorCode.BadArguments;
        }

        if (_acls.Resolve(record.Acl, who) is not { } acl)
        {
            return ErrorCode.InvalidAcl;
        }

        var code = Find(path.Span, Permissions.Admin, who, out var node);
        if (code != ErrorCode.Ok)
        {
            return code;
        }

        if (record.Version != -1 && record.Version != node.AVersion)
        {
            return ErrorCode.BadVersion;
        }

        node.AVersion = After(node.AVersion);
        node.Acl = acl;
        node.Zxid = zxid;
        writer.SetAcl(path.Span, acl, node.AVersion);
        changes.Put(path, node);
        return ErrorCode.Ok;
    }

    private ErrorCode Check(ReadOnlySpan<byte> path, int version, Credentials who, TxnWriter writer)
    {
        var code = Find(path, Permissions.Read, who, out var node);
        if (code != ErrorCode.Ok)
        {
            return code;
        }

        if (version != -1 && version != node.Version)
        {
            return ErrorCode.BadVersion;
        }

        writer.Check(path, version);
        return ErrorCode.Ok;
    }

    private ErrorCode Find(ReadOnlySpan<byte> path, Permissions permission, Credentials who, out NodeView node)
    {
        if (!PathValidator.Check(path).IsNone)
        {
            node = default;
            return ErrorCode.BadArguments;
        }

        if (!changes.TryGet(path, out node))
        {
            return ErrorCode.NoNode;
        }

        return Allows(node.Acl, permission, who) ? ErrorCode.Ok : ErrorCode.NoAuth;
    }

    private bool IsForbiddenTree(ReadOnlySpan<byte> path, NodeKind kind) => rules.ListsTrees && SpecialPaths.IsTree(path)
        && (kind != NodeKind.Persistent || !SpecialPaths.IsTreeName(path[(SpecialPaths.Trees.Length + 1)..]));

    /// <summary>A tree's node is empty as a rule: who puts data into it, perhaps in the multi that deletes it, wants the tree deleted in any case.</summary>
    private bool IsTreeInUse(ReadOnlySpan<byte> path, in NodeView node) => rules.ListsTrees && node.DataLength == 0 && SpecialPaths.IsTree(path)
        && ensemble.IsInUse(path[(SpecialPaths.Trees.Length + 1)..]);

    /// <summary>A version never becomes −1, which would stand for any version (ZOOKEEPER-4743).</summary>
    private static int After(int version) => version == -2 ? 0 : unchecked(version + 1);
}

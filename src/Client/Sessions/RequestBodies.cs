using System.Buffers;
using System.Text;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Client.Sessions;

/// <summary>Writes the bodies of requests.</summary>
internal static class RequestBodies
{
    internal static OpCode TypeOf(CreateMode mode) => mode switch
    {
        CreateMode.Container => OpCode.CreateContainer,
        CreateMode.PersistentTtl or CreateMode.PersistentSequentialTtl => OpCode.CreateTtl,
        _ => OpCode.Create2,
    };

    internal static bool IsSequential(CreateMode mode) =>
        mode is CreateMode.PersistentSequential or CreateMode.EphemeralSequential or CreateMode.PersistentSequentialTtl;

    internal static ReadOnlyMemory<byte> Path(byte[] path)
    {
        var body = new ArrayBufferWriter<byte>(4 + path.Length);
        new PathRecord(path).Write(new JuteWriter(body));
        return body.WrittenMemory;
    }

    internal static ReadOnlyMemory<byte> PathWatch(byte[] path, bool watch)
    {
        var body = new ArrayBufferWriter<byte>(5 + path.Length);
        new PathWatchRequest(path, watch).Write(new JuteWriter(body));
        return body.WrittenMemory;
    }

    internal static ReadOnlyMemory<byte> PathMode(byte[] path, int mode)
    {
        var body = new ArrayBufferWriter<byte>(8 + path.Length);
        new PathModeRequest(path, mode).Write(new JuteWriter(body));
        return body.WrittenMemory;
    }

    internal static ReadOnlyMemory<byte> Page(byte[] path, string? prefix, string? after, int limit) => Page(path, prefix, Encoding.UTF8.GetBytes(after ?? string.Empty), limit);

    internal static ReadOnlyMemory<byte> Page(byte[] path, string? prefix, byte[] after, int limit)
    {
        var body = new ArrayBufferWriter<byte>(32 + path.Length + after.Length);
        new PageRequest(path, Encoding.UTF8.GetBytes(prefix ?? string.Empty), after, limit).Write(new JuteWriter(body));
        return body.WrittenMemory;
    }

    internal static ReadOnlyMemory<byte> PathVersion(byte[] path, int version)
    {
        var body = new ArrayBufferWriter<byte>(8 + path.Length);
        new PathVersionRequest(path, version).Write(new JuteWriter(body));
        return body.WrittenMemory;
    }

    internal static ReadOnlyMemory<byte> SetData(byte[] path, ReadOnlySpan<byte> data, int version)
    {
        var body = new ArrayBufferWriter<byte>(12 + path.Length + data.Length);
        new SetDataRequest(path, data, dataIsNull: false, version).Write(new JuteWriter(body));
        return body.WrittenMemory;
    }

    internal static ReadOnlyMemory<byte> SetAcl(byte[] path, AclList acl, int version)
    {
        var body = new ArrayBufferWriter<byte>(64 + path.Length);
        new SetAclRequest(path, AclJute.ToVector(acl), version).Write(new JuteWriter(body));
        return body.WrittenMemory;
    }

    internal static ReadOnlyMemory<byte> Create(byte[] path, ReadOnlySpan<byte> data, CreateMode mode, AclList acl, TimeSpan? timeToLive)
    {
        var body = new ArrayBufferWriter<byte>(64 + path.Length + data.Length);
        WriteCreate(new JuteWriter(body), path, data, mode, acl, timeToLive);
        return body.WrittenMemory;
    }

    internal static ReadOnlyMemory<byte> Multi(IReadOnlyList<TreeOperation> operations, Chroot chroot)
    {
        var body = new ArrayBufferWriter<byte>(256);
        var writer = new JuteWriter(body);
        foreach (var operation in operations)
        {
            switch (operation)
            {
                case TreeOperation.Create create:
                    MultiHeader.Request(TypeOf(create.Mode)).Write(writer);
                    var path = chroot.ToServer(create.Path, IsSequential(create.Mode));
                    WriteCreate(writer, path, create.Data.Span, create.Mode, create.Acl ?? AclList.Open, create.TimeToLive);
                    break;
                case TreeOperation.Delete delete:
                    MultiHeader.Request(OpCode.Delete).Write(writer);
                    new PathVersionRequest(chroot.ToServer(delete.Path), delete.Version).Write(writer);
                    break;
                case TreeOperation.SetData set:
                    MultiHeader.Request(OpCode.SetData).Write(writer);
                    new SetDataRequest(chroot.ToServer(set.Path), set.Data.Span, dataIsNull: false, set.Version).Write(writer);
                    break;
                case TreeOperation.Check check:
                    MultiHeader.Request(OpCode.Check).Write(writer);
                    new PathVersionRequest(chroot.ToServer(check.Path), check.Version).Write(writer);
                    break;
                default:
                    throw new ArgumentException($"{operation.GetType().Name} is no operation of a multi", nameof(operations));
            }
        }

        MultiHeader.End.Write(writer);
        return body.WrittenMemory;
    }

    private static void WriteCreate(in JuteWriter writer, byte[] path, ReadOnlySpan<byte> data, CreateMode mode, AclList acl, TimeSpan? timeToLive)
    {
        var type = TypeOf(mode);
        if ((type == OpCode.CreateTtl) != timeToLive.HasValue)
        {
            throw new ArgumentException($"a node of mode {mode} {(timeToLive.HasValue ? "has no" : "needs a")} time to live", nameof(timeToLive));
        }

        var ttl = (long)(timeToLive?.TotalMilliseconds ?? 0);
        new CreateRequest(path, data, dataIsNull: false, AclJute.ToVector(acl), (int)mode, ttl).Write(writer, type);
    }
}

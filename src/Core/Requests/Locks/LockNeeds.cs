using GrainKeeper.Core.Jute;

namespace GrainKeeper.Core.Requests.Locks;

/// <summary>
/// Which paths a request concerns: the same rules for what a prepared transaction holds and for what others need. `docs/atomic-commit.md` gives them as a table.
/// </summary>
internal static class LockNeeds
{
    private static readonly ReadOnlyMemory<byte> _root = "/"u8.ToArray();

    /// <summary>Adds the needs of a write request; a malformed one has none, for it will be refused.</summary>
    public static void Collect(in WriteRequest request, List<LockNeed> needs)
    {
        needs.Clear();
        try
        {
            var reader = new JuteReader(request.Body.Span);
            if (request.Type == OpCode.Multi)
            {
                for (var i = 0; MultiHeader.Read(ref reader) is { Done: false, Type: var type }; i++)
                {
                    Operation(type, i, request.Body, ref reader, needs);
                }
            }
            else if (request.Type == OpCode.DeleteContainer)
            {
                var record = PathRecord.Read(ref reader);
                Delete(Slice(request.Body, 0, record.Path.Length), 0, needs);
            }
            else if (RequestRecords.IsWrite(request.Type) && request.Type != OpCode.Reconfig)
            {
                Operation(request.Type, 0, request.Body, ref reader, needs);
            }
        }
        catch (JuteFormatException)
        {
            needs.Clear();
        }
    }

    /// <summary>Adds the needs of deleting a node.</summary>
    public static void Delete(ReadOnlyMemory<byte> path, int part, List<LockNeed> needs)
    {
        needs.Add(new LockNeed(path, LockMode.NodeExclusive | LockMode.ChildrenExclusive, part));
        AddParent(path, LockMode.AclShared, part, needs);
    }

    private static void Operation(OpCode type, int part, ReadOnlyMemory<byte> body, ref JuteReader reader, List<LockNeed> needs)
    {
        var start = reader.Position;
        switch (type)
        {
            case OpCode.Create or OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl:
                var create = CreateRequest.Read(ref reader, type);
                Create(Slice(body, start, create.Path.Length), (CreateMode)create.Flags, part, needs);
                break;
            case OpCode.Delete:
                Delete(Slice(body, start, PathVersionRequest.Read(ref reader).Path.Length), part, needs);
                break;
            case OpCode.SetData:
                needs.Add(new LockNeed(Slice(body, start, SetDataRequest.Read(ref reader).Path.Length), LockMode.NodeExclusive, part));
                break;
            case OpCode.SetAcl:
                needs.Add(new LockNeed(Slice(body, start, SetAclRequest.Read(ref reader).Path.Length), LockMode.NodeExclusive | LockMode.AclExclusive, part));
                break;
            case OpCode.Check:
                needs.Add(new LockNeed(Slice(body, start, PathVersionRequest.Read(ref reader).Path.Length), LockMode.NodeShared, part));
                break;
            default:
                throw new JuteFormatException($"operation {(int)type} is no part of a multi");
        }
    }

    private static void Create(ReadOnlyMemory<byte> path, CreateMode mode, int part, List<LockNeed> needs)
    {
        if (mode is CreateMode.PersistentSequential or CreateMode.EphemeralSequential or CreateMode.PersistentSequentialTtl)
        {
            // Its name depends on every create before it, and may be the one that another wants.
            AddParent(path, LockMode.ChildrenExclusive | LockMode.AclShared, part, needs);
            return;
        }

        needs.Add(new LockNeed(path, LockMode.NodeExclusive | LockMode.ChildrenExclusive, part));
        AddParent(path, LockMode.ChildrenShared | LockMode.AclShared, part, needs);
    }

    private static void AddParent(ReadOnlyMemory<byte> path, LockMode mode, int part, List<LockNeed> needs)
    {
        var slash = path.Span.LastIndexOf((byte)'/');
        if (slash >= 0)
        {
            needs.Add(new LockNeed(slash == 0 ? _root : path[..slash], mode, part));
        }
    }

    private static ReadOnlyMemory<byte> Slice(ReadOnlyMemory<byte> body, int start, int length) => body.Slice(start + sizeof(int), length);
}

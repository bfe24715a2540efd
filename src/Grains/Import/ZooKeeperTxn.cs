using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Grains.Import;

/// <summary>A transaction of ZooKeeper (zookeeper.jute, module txn): header, then a record by its type, then perhaps a digest of the tree.</summary>
internal static class ZooKeeperTxn
{
    /// <summary>Its place in the order of all.</summary>
    public static long ZxidOf(in LogRecord record)
    {
        var reader = new JuteReader(record.Bytes);
        return Header.Read(ref reader).Zxid;
    }

    /// <summary>Carries it out.</summary>
    /// <exception cref="DamagedFileException">It is of an unknown type, or not what its type says.</exception>
    public static void Apply(in LogRecord record, ImportedTree tree)
    {
        try
        {
            var reader = new JuteReader(record.Bytes);
            var header = Header.Read(ref reader);
            switch (header.Type)
            {
                case OpCode.CreateSession:
                    tree.Sessions.Add(header.Session);
                    break;
                case OpCode.CloseSession:
                    tree.CloseSession(header.Zxid, header.Session, ReadPaths(reader));
                    break;
                case OpCode.Multi:
                    ApplyMulti(header, ref reader, tree);
                    break;
                default:
                    Apply(header, ref reader, tree);
                    break;
            }
        }
        catch (JuteFormatException e)
        {
            throw new DamagedFileException(record.File, record.Offset, $"its checksum is right, but it is no transaction of ZooKeeper 3.4 to 3.8: {e.Message}", e);
        }
    }

    private static void ApplyMulti(in Header header, ref JuteReader reader, ImportedTree tree)
    {
        var count = reader.ReadCount(smallestElement: 8);
        var parts = reader;
        for (var left = count; left > 0; left--)
        {
            // A multi that failed changes nothing: all its parts were written as errors, or some were.
            if ((OpCode)reader.ReadInt() == OpCode.Error)
            {
                return;
            }

            reader.ReadBuffer();
        }

        for (var left = count; left > 0; left--)
        {
            var type = (OpCode)parts.ReadInt();
            var part = new JuteReader(parts.ReadBuffer());
            Apply(header with { Type = type }, ref part, tree);
        }
    }

    private static void Apply(in Header header, ref JuteReader reader, ImportedTree tree)
    {
        switch (header.Type)
        {
            case OpCode.Create or OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl:
                Create(header, ref reader, tree);
                break;
            case OpCode.Delete or OpCode.DeleteContainer:
                tree.Delete(header.Zxid, ReadPath(ref reader));
                break;
            case OpCode.SetData or OpCode.Reconfig:
                var (changed, data) = (ReadPath(ref reader), ReadData(ref reader));
                tree.SetData(header.Zxid, header.Time, changed, data, reader.ReadInt());
                break;
            case OpCode.SetAcl:
                var (guarded, acl) = (ReadPath(ref reader), ReadAcl(ref reader));
                tree.SetAcl(guarded, acl, reader.ReadInt());
                break;
            case OpCode.Error or OpCode.Check:
                break;
            default:
                throw new JuteFormatException($"type {(int)header.Type} is not known");
        }
    }

    private static void Create(in Header header, ref JuteReader reader, ImportedTree tree)
    {
        var (path, data, acl) = (ReadPath(ref reader), ReadData(ref reader), ReadAcl(ref reader));
        NodeOwner owner;
        int parentCVersion;
        if (header.Type == OpCode.CreateTtl)
        {
            parentCVersion = reader.ReadInt();
            owner = NodeOwner.Ttl(reader.ReadLong());
        }
        else if (header.Type == OpCode.CreateContainer)
        {
            parentCVersion = reader.ReadInt();
            owner = NodeOwner.Container;
        }
        else
        {
            owner = reader.ReadBool() ? NodeOwner.Session(header.Session) : NodeOwner.Persistent;

            // The first versions of 3.4 and those before did not write it.
            parentCVersion = reader.Remaining >= 4 ? reader.ReadInt() : -1;
        }

        tree.Create(header.Zxid, header.Time, path, new ImportedNode { Data = data, Acl = acl, Owner = owner }, parentCVersion);
    }

    /// <summary>
    /// The nodes that go with a session, since 3.6. Before, nothing or only a digest stands there: then those that the session owns go, as they do in any case.
    /// </summary>
    private static List<string> ReadPaths(JuteReader reader)
    {
        var paths = new List<string>();
        try
        {
            for (var left = reader.Remaining == 0 ? 0 : reader.ReadCount(smallestElement: 4); left > 0; left--)
            {
                paths.Add(ReadPath(ref reader));
            }

            return paths;
        }
        catch (JuteFormatException)
        {
            return [];
        }
    }

    private static string ReadPath(ref JuteReader reader)
    {
        var path = reader.ReadString();
        return path.Length > 1 && path[0] == '/' && path[^1] != '/' && !path.Contains("//", StringComparison.Ordinal) || path == "/"
            ? path
            : throw new JuteFormatException($"'{path}' is no path");
    }

    private static byte[]? ReadData(ref JuteReader reader)
    {
        var data = reader.ReadBuffer(out var isNull);
        return isNull ? null : data.ToArray();
    }

    private static AclList ReadAcl(ref JuteReader reader)
    {
        var vector = AclVector.Read(ref reader);
        return vector.IsNull ? AclList.Open : AclJute.ToList(vector);
    }

    private readonly record struct Header(long Session, long Zxid, long Time, OpCode Type)
    {
        public static Header Read(ref JuteReader reader)
        {
            var session = reader.ReadLong();
            reader.ReadInt();
            return new Header(session, reader.ReadLong(), reader.ReadLong(), (OpCode)reader.ReadInt());
        }
    }
}

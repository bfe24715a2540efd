using System.IO.Compression;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Grains.Import;

/// <summary>Reads a snapshot file of ZooKeeper (FileSnap, SerializeUtils, DataTree): plain or gzip.</summary>
internal static class ZooKeeperSnapshot
{
    private const int Magic = 0x5A4B534E; // ZKSN
    private const long OpenAcl = -1;

    /// <exception cref="DamagedFileException">It is not whole.</exception>
    public static ImportedTree Read(string file)
    {
        using var plain = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        using var stream = file.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(plain, CompressionMode.Decompress) : (Stream)plain;
        var input = new CheckedJuteStream(stream, file);
        ReadHeader(input);
        var tree = new ImportedTree();
        for (var left = input.Count("sessions"); left > 0; left--)
        {
            tree.Sessions.Add(input.Long());
            input.Int();
        }

        var acls = ReadAcls(input);
        ReadNodes(input, acls, tree);
        CheckSeal(input);
        if (!input.AtEnd)
        {
            ReadDigest(input);
            CheckSeal(input);
        }

        if (!input.AtEnd)
        {
            // ZooKeeper 3.9 adds the last zxid processed.
            input.Long();
            CheckSeal(input);
        }

        return input.AtEnd ? tree : throw input.Damage("bytes follow the end");
    }

    private static void ReadHeader(CheckedJuteStream input)
    {
        var (magic, version, _) = (input.Int(), input.Int(), input.Long());
        if (magic != Magic || version != 2)
        {
            throw input.Damage($"it does not begin as a snapshot of version 2 (magic 0x{magic:x8}, version {version})");
        }
    }

    private static Dictionary<long, AclList> ReadAcls(CheckedJuteStream input)
    {
        var acls = new Dictionary<long, AclList> { [OpenAcl] = AclList.Open };
        for (var left = input.Count("ACLs"); left > 0; left--)
        {
            var number = input.Long();
            var count = input.Count("ACL entries");
            if (count > AclList.MaxEntries)
            {
                throw input.Damage($"an ACL of {count} entries exceeds the limit of {AclList.MaxEntries}");
            }

            var entries = new List<AclEntry>(count);
            while (entries.Count < count)
            {
                entries.Add(new AclEntry((Permissions)input.Int(), input.Text("an ACL's scheme"), input.Text("an ACL's id")));
            }

            acls[number] = new AclList(entries);
        }

        return acls;
    }

    private static void ReadNodes(CheckedJuteStream input, Dictionary<long, AclList> acls, ImportedTree tree)
    {
        while (input.Text("a path") is var path && path != "/")
        {
            // The root is written as the empty path, for the slash ends the list.
            var name = path.Length == 0 ? "/" : path;
            if (name[0] != '/' || (name.Length > 1 && name[^1] == '/') || name.Contains("//", StringComparison.Ordinal))
            {
                throw input.Damage($"'{name}' is no path");
            }

            var data = input.Bytes("a node's data");
            if (!acls.TryGetValue(input.Long(), out var acl))
            {
                throw input.Damage($"the ACL of {name} is not in the file");
            }

            var (czxid, mzxid, ctime, mtime) = (input.Long(), input.Long(), input.Long(), input.Long());
            var (version, cversion, aversion) = (input.Int(), input.Int(), input.Int());
            var (owner, pzxid) = (input.Long(), input.Long());
            tree.Set(name, new ImportedNode
            {
                Data = data,
                Acl = acl,
                Owner = NodeOwner.Of(owner),
                Numbers = new NodeNumbers(czxid, mzxid, pzxid, ctime, mtime, version, cversion, aversion),
            });
        }

        if (!tree.Nodes.ContainsKey("/"))
        {
            throw input.Damage("it has no root");
        }
    }

    /// <summary>ZooKeeper 3.6 and later tell a digest of the whole tree. What counts here is the seal after it.</summary>
    private static void ReadDigest(CheckedJuteStream input)
    {
        input.Long();
        if (input.Int() < 2)
        {
            input.Text("a digest");
        }
        else
        {
            input.Long();
        }
    }

    private static void CheckSeal(CheckedJuteStream input)
    {
        var sum = input.Sum;
        var sealedSum = input.Long();
        if (sealedSum != sum || input.Text("the end mark") != "/")
        {
            throw input.Damage($"its checksum is 0x{sum:x8}, but 0x{sealedSum:x8} was written");
        }
    }
}

using System.Text;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Client.Sessions;

/// <summary>Reads the bodies of answers.</summary>
internal static class ReplyBodies
{
    internal static bool Nothing(ref JuteReader reader) => true;

    internal static Stat Stat(ref JuteReader reader) => Core.Jute.Stat.Read(ref reader);

    internal static NodeStat StatIfAny(ref JuteReader reader) => new(Core.Jute.Stat.Read(ref reader));

    internal static int Int(ref JuteReader reader) => reader.ReadInt();

    internal static NodeData Data(ref JuteReader reader)
    {
        var response = GetDataResponse.Read(ref reader);
        return new NodeData(response.Data.ToArray(), response.Stat);
    }

    internal static NodeDetails Node(ref JuteReader reader)
    {
        var data = reader.ReadBuffer(out _).ToArray();
        var acl = AclJute.ToList(AclVector.Read(ref reader));
        var stat = Core.Jute.Stat.Read(ref reader);
        var (kind, ttl) = ((NodeKind)reader.ReadInt(), reader.ReadLong());
        return Enum.IsDefined(kind) && (kind == NodeKind.Ttl) == (ttl > 0)
            ? new NodeDetails(data, acl, kind, kind == NodeKind.Ttl ? TimeSpan.FromMilliseconds(ttl) : null, stat)
            : throw new JuteFormatException($"a node is said to be of the unknown kind {(int)kind}, with {ttl} ms to live");
    }

    internal static NodeChildren Children(ref JuteReader reader)
    {
        var response = GetChildren2Response.Read(ref reader);
        return new NodeChildren(Strings(response.Children), response.Stat);
    }

    internal static ChildrenPage ChildrenPage(ref JuteReader reader)
    {
        var (zxid, more) = (reader.ReadLong(), reader.ReadBool());
        var names = Strings(StringVector.Read(ref reader));
        return new ChildrenPage(names, more, zxid, Core.Jute.Stat.Read(ref reader));
    }

    internal static SubtreePage SubtreePage(ref JuteReader reader, Chroot chroot)
    {
        var (zxid, more) = (reader.ReadLong(), reader.ReadBool());
        return new SubtreePage(Paths(ref reader, chroot), more, zxid);
    }

    internal static NodeAcl Acl(ref JuteReader reader)
    {
        var response = GetAclResponse.Read(ref reader);
        return new NodeAcl(AclJute.ToList(response.Acl), response.Stat);
    }

    internal static IReadOnlyList<ClientIdentity> Identities(ref JuteReader reader)
    {
        var identities = new List<ClientIdentity>();
        foreach (var item in WhoAmIResponse.Read(ref reader))
        {
            identities.Add(new ClientIdentity(Encoding.UTF8.GetString(item.Scheme), Encoding.UTF8.GetString(item.Id)));
        }

        return identities;
    }

    internal static CreatedNode Created(ref JuteReader reader, Chroot chroot)
    {
        var response = Create2Response.Read(ref reader);
        return new CreatedNode(chroot.FromServer(response.Path), response.Stat);
    }

    internal static IReadOnlyList<string> Paths(ref JuteReader reader, Chroot chroot)
    {
        var paths = new List<string>();
        foreach (var path in GetChildrenResponse.Read(ref reader).Children)
        {
            paths.Add(chroot.FromServer(path));
        }

        return paths;
    }

    internal static MultiResult Multi(ref JuteReader reader, Chroot chroot)
    {
        var results = new List<TreeOperationResult>();
        while (true)
        {
            var header = MultiHeader.Read(ref reader);
            if (header.Done)
            {
                return new MultiResult(results);
            }

            results.Add(header.Type switch
            {
                OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl => Created(Created(ref reader, chroot)),
                OpCode.Create => new TreeOperationResult(ErrorCode.Ok, chroot.FromServer(PathRecord.Read(ref reader).Path)),
                OpCode.SetData => new TreeOperationResult(ErrorCode.Ok, Stat: Core.Jute.Stat.Read(ref reader)),
                OpCode.Delete or OpCode.Check => new TreeOperationResult(ErrorCode.Ok),
                OpCode.Error => new TreeOperationResult((ErrorCode)reader.ReadInt()),
                _ => throw new JuteFormatException($"a multi's answer has a result of the unknown type {(int)header.Type}"),
            });
        }
    }

    private static TreeOperationResult Created(CreatedNode node) => new(ErrorCode.Ok, node.Path, node.Stat);

    private static List<string> Strings(StringVector vector)
    {
        var strings = new List<string>(vector.Count);
        foreach (var text in vector)
        {
            strings.Add(Encoding.UTF8.GetString(text));
        }

        return strings;
    }
}

using System.Text;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Replica;

/// <summary>Notes the changes that this server's clients asked for, once their outcome is known. The requests are well-formed: they were checked when they came.</summary>
internal sealed class AuditTrail
{
    private const string EphemeralDeletion = "ephemeralZNodeDeletionOnSessionCloseOrExpire";
    private readonly List<Effect> _noted = [];

    /// <summary>A client's request has its transaction applied.</summary>
    public void Note(ClientConnection client, in PendingReply request, AppliedChanges applied)
    {
        var done = applied.Error == ErrorCode.Ok;
        var answer = new JuteReader(applied.Body.Written);
        if (request.Type != OpCode.Multi)
        {
            var reader = new JuteReader(request.Body.Span);
            Note(client, request.Type, ref reader, done && IsCreate(request.Type) ? answer.ReadBuffer() : default, done);
            return;
        }

        if (!done || MultiHeader.Read(ref answer) is { Type: OpCode.Error, Done: false })
        {
            Add(client, "multiOperation", null, null, null, done: false);
            return;
        }

        answer = new JuteReader(applied.Body.Written);
        var parts = new JuteReader(request.Body.Span);
        while (MultiHeader.Read(ref parts) is { Done: false, Type: var type })
        {
            MultiHeader.Read(ref answer);
            var created = IsCreate(type) ? answer.ReadBuffer() : default;
            Note(client, type, ref parts, created, done: true);
            if (type == OpCode.SetData || (IsCreate(type) && type != OpCode.Create))
            {
                Stat.Read(ref answer);
            }
        }
    }

    /// <summary>A node has gone with its session.</summary>
    public void NoteEphemeral(long sessionId, ReadOnlySpan<byte> path) => _noted.Add(new ReplicaEffect.Audited(
        new AuditEntry(sessionId, string.Empty, string.Empty, EphemeralDeletion, Encoding.UTF8.GetString(path), null, null, true)));

    /// <summary>Appends what was noted in this step.</summary>
    public void Flush(List<Effect> effects)
    {
        effects.AddRange(_noted);
        _noted.Clear();
    }

    private static bool IsCreate(OpCode type) => type is OpCode.Create or OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl;

    private void Note(ClientConnection client, OpCode type, ref JuteReader reader, ReadOnlySpan<byte> created, bool done)
    {
        switch (type)
        {
            case OpCode.Create or OpCode.Create2 or OpCode.CreateContainer or OpCode.CreateTtl:
                var create = CreateRequest.Read(ref reader, type);
                Add(client, "create", created.IsEmpty ? create.Path : created, KindOf(create.Flags), null, done);
                break;
            case OpCode.Delete:
                Add(client, "delete", PathVersionRequest.Read(ref reader).Path, null, null, done);
                break;
            case OpCode.SetData:
                Add(client, "setData", SetDataRequest.Read(ref reader).Path, null, null, done);
                break;
            case OpCode.SetAcl:
                var setAcl = SetAclRequest.Read(ref reader);
                Add(client, "setAcl", setAcl.Path, null, Text(setAcl.Acl), done);
                break;
            case OpCode.Reconfig:
                Add(client, "reconfig", SpecialPaths.Config, null, null, done);
                break;
            default:
                // A check changes nothing.
                RequestRecords.Skip(type, ref reader);
                break;
        }
    }

    private void Add(ClientConnection client, string operation, ReadOnlySpan<byte> path, string? kind, string? acl, bool done) =>
        _noted.Add(new ReplicaEffect.Audited(new AuditEntry(
            client.SessionId, Users(client.Who), Address(client.Who), operation, path.IsEmpty ? null : Encoding.UTF8.GetString(path), kind, acl, done)));

    private static string KindOf(int flags) => (CreateMode)flags switch
    {
        CreateMode.Persistent => "persistent",
        CreateMode.Ephemeral => "ephemeral",
        CreateMode.PersistentSequential => "persistent_sequential",
        CreateMode.EphemeralSequential => "ephemeral_sequential",
        CreateMode.Container => "container",
        CreateMode.PersistentTtl => "persistent_with_ttl",
        CreateMode.PersistentSequentialTtl => "persistent_sequential_with_ttl",
        _ => "unknown",
    };

    private static string Users(Credentials who)
    {
        var users = new List<string>();
        foreach (ref readonly var identity in who.Identities)
        {
            users.Add(UserOf(identity.Scheme, identity.Id));
        }

        return string.Join(',', users);
    }

    private static string Address(Credentials who)
    {
        foreach (ref readonly var identity in who.Identities)
        {
            if (identity.Scheme == AuthSchemes.Ip)
            {
                return identity.Id;
            }
        }

        return string.Empty;
    }

    private static string Text(AclVector acl)
    {
        var entries = new List<string>();
        foreach (var item in acl)
        {
            var scheme = Encoding.UTF8.GetString(item.Scheme);
            entries.Add($"{scheme}:{UserOf(scheme, Encoding.UTF8.GetString(item.Id))}:{Letters((Permissions)item.Permissions)}");
        }

        return string.Join(',', entries);
    }

    // The hash of a password must not be in a log.
    private static string UserOf(string scheme, string id) => scheme == AuthSchemes.Digest && id.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon
        ? id[..colon]
        : scheme == AuthSchemes.Super ? AuthSchemes.Super : id;

    private static string Letters(Permissions permissions) => string.Concat(
        permissions.HasFlag(Permissions.Create) ? "c" : string.Empty,
        permissions.HasFlag(Permissions.Delete) ? "d" : string.Empty,
        permissions.HasFlag(Permissions.Read) ? "r" : string.Empty,
        permissions.HasFlag(Permissions.Write) ? "w" : string.Empty,
        permissions.HasFlag(Permissions.Admin) ? "a" : string.Empty);
}

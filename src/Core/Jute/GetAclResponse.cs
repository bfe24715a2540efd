namespace GrainKeeper.Core.Jute;

/// <summary>Response getACL.</summary>
/// <param name="acl">The ACL.</param>
/// <param name="stat">The node's stat.</param>
public readonly ref struct GetAclResponse(AclVector acl, Stat stat)
{
    /// <summary>The ACL.</summary>
    public AclVector Acl { get; } = acl;

    /// <summary>The node's stat.</summary>
    public Stat Stat { get; } = stat;

    /// <summary>Writes it.</summary>
    public void Write(in JuteWriter writer)
    {
        Acl.Write(writer);
        Stat.Write(writer);
    }

    /// <summary>Reads one in place.</summary>
    /// <exception cref="JuteFormatException">The bytes are no such record.</exception>
    public static GetAclResponse Read(scoped ref JuteReader reader)
    {
        var acl = AclVector.Read(ref reader);
        var stat = Stat.Read(ref reader);
        return new GetAclResponse(acl, stat);
    }
}

namespace GrainKeeper.Core.Jute;

/// <summary>Request setACL.</summary>
/// <param name="path">The path in UTF-8.</param>
/// <param name="acl">The ACL.</param>
/// <param name="version">The ACL version it must have; −1 for any.</param>
public readonly ref struct SetAclRequest(ReadOnlySpan<byte> path, AclVector acl, int version)
{
    /// <summary>The path in UTF-8.</summary>
    public ReadOnlySpan<byte> Path { get; } = path;

    /// <summary>The ACL.</summary>
    public AclVector Acl { get; } = acl;

    /// <summary>The ACL version it must have; −1 for any.</summary>
    public int Version { get; } = version;

    /// <summary>Writes it.</summary>
    public void Write(in JuteWriter writer)
    {
        writer.WriteBuffer(Path);
        Acl.Write(writer);
        writer.WriteInt(Version);
    }

    /// <summary>Reads one in place.</summary>
    /// <exception cref="JuteFormatException">The bytes are no such record.</exception>
    public static SetAclRequest Read(scoped ref JuteReader reader)
    {
        var path = reader.ReadBuffer();
        var acl = AclVector.Read(ref reader);
        var version = reader.ReadInt();
        return new SetAclRequest(path, acl, version);
    }
}

namespace GrainKeeper.Core.Jute;

/// <summary>Requests create, create2, createContainer and, with a time to live at its end, createTTL.</summary>
/// <param name="path">The path in UTF-8.</param>
/// <param name="data">The data; empty when null.</param>
/// <param name="dataIsNull">Whether the data is null rather than empty.</param>
/// <param name="acl">The ACL.</param>
/// <param name="flags">A <see cref="CreateMode"/>, not yet checked.</param>
/// <param name="ttl">Milliseconds to live: createTTL only.</param>
public readonly ref struct CreateRequest(
    ReadOnlySpan<byte> path, ReadOnlySpan<byte> data, bool dataIsNull, AclVector acl, int flags, long ttl = 0)
{
    /// <summary>The path in UTF-8.</summary>
    public ReadOnlySpan<byte> Path { get; } = path;

    /// <summary>The data; empty when null.</summary>
    public ReadOnlySpan<byte> Data { get; } = data;

    /// <summary>Whether the data is null rather than empty.</summary>
    public bool DataIsNull { get; } = dataIsNull;

    /// <summary>The ACL.</summary>
    public AclVector Acl { get; } = acl;

    /// <summary>A <see cref="CreateMode"/>, not yet checked.</summary>
    public int Flags { get; } = flags;

    /// <summary>Milliseconds to live: createTTL only.</summary>
    public long Ttl { get; } = ttl;

    /// <summary>Writes it.</summary>
    /// <param name="writer">Takes it.</param>
    /// <param name="type">The request's type: only <see cref="OpCode.CreateTtl"/> has the time to live.</param>
    public void Write(in JuteWriter writer, OpCode type)
    {
        writer.WriteBuffer(Path);
        writer.WriteBuffer(Data, DataIsNull);
        Acl.Write(writer);
        writer.WriteInt(Flags);
        if (type == OpCode.CreateTtl)
        {
            writer.WriteLong(Ttl);
        }
    }

    /// <summary>Reads one in place.</summary>
    /// <param name="reader">Where from.</param>
    /// <param name="type">The request's type: only <see cref="OpCode.CreateTtl"/> has the time to live.</param>
    /// <exception cref="JuteFormatException">The bytes are no such record.</exception>
    public static CreateRequest Read(scoped ref JuteReader reader, OpCode type)
    {
        var path = reader.ReadBuffer();
        var data = reader.ReadBuffer(out var dataIsNull);
        var acl = AclVector.Read(ref reader);
        var flags = reader.ReadInt();
        return new CreateRequest(path, data, dataIsNull, acl, flags, type == OpCode.CreateTtl ? reader.ReadLong() : 0);
    }
}

namespace GrainKeeper.Core.Jute;

/// <summary>The first frame of a connection. Clients older than 3.4 leave the last byte out.</summary>
/// <param name="protocolVersion">Always 0.</param>
/// <param name="lastZxidSeen">The last zxid that the client has seen.</param>
/// <param name="timeout">The session timeout asked for, in milliseconds.</param>
/// <param name="sessionId">The session to re-attach, or 0.</param>
/// <param name="password">Its password. Never to be logged.</param>
/// <param name="readOnly">Whether a read-only server will do; null when the client is too old to say.</param>
public readonly ref struct ConnectRequest(
    int protocolVersion, long lastZxidSeen, int timeout, long sessionId, ReadOnlySpan<byte> password, bool? readOnly)
{
    /// <summary>Always 0.</summary>
    public int ProtocolVersion { get; } = protocolVersion;

    /// <summary>The last zxid that the client has seen.</summary>
    public long LastZxidSeen { get; } = lastZxidSeen;

    /// <summary>The session timeout asked for, in milliseconds.</summary>
    public int Timeout { get; } = timeout;

    /// <summary>The session to re-attach, or 0.</summary>
    public long SessionId { get; } = sessionId;

    /// <summary>Its password. Never to be logged.</summary>
    public ReadOnlySpan<byte> Password { get; } = password;

    /// <summary>Whether a read-only server will do; null when the client is too old to say.</summary>
    public bool? ReadOnly { get; } = readOnly;

    /// <summary>Writes it.</summary>
    public void Write(in JuteWriter writer)
    {
        writer.WriteInt(ProtocolVersion);
        writer.WriteLong(LastZxidSeen);
        writer.WriteInt(Timeout);
        writer.WriteLong(SessionId);
        writer.WriteBuffer(Password);
        if (ReadOnly is { } readOnly)
        {
            writer.WriteBool(readOnly);
        }
    }

    /// <summary>Reads one in place.</summary>
    /// <exception cref="JuteFormatException">The bytes are no such record.</exception>
    public static ConnectRequest Read(scoped ref JuteReader reader)
    {
        var protocolVersion = reader.ReadInt();
        var lastZxidSeen = reader.ReadLong();
        var timeout = reader.ReadInt();
        var sessionId = reader.ReadLong();
        var password = reader.ReadBuffer();
        bool? readOnly = reader.Remaining > 0 ? reader.ReadBool() : null;
        return new ConnectRequest(protocolVersion, lastZxidSeen, timeout, sessionId, password, readOnly);
    }
}

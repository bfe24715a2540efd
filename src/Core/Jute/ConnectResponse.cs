namespace GrainKeeper.Core.Jute;

/// <summary>The answer to a <see cref="ConnectRequest"/>; in kind: without the last byte for a client that sent none.</summary>
/// <param name="protocolVersion">0; for clients of our own, how many answers the session keeps for requests that are sent again.</param>
/// <param name="timeout">The session timeout granted, in milliseconds; 0 when the session is not valid.</param>
/// <param name="sessionId">The session; 0 when it is not valid.</param>
/// <param name="password">Its password, 16 bytes. Never to be logged.</param>
/// <param name="readOnly">Whether the server is read-only; null to leave it out.</param>
public readonly ref struct ConnectResponse(int protocolVersion, int timeout, long sessionId, ReadOnlySpan<byte> password, bool? readOnly)
{
    /// <summary>0; for clients of our own, how many answers the session keeps for requests that are sent again.</summary>
    public int ProtocolVersion { get; } = protocolVersion;

    /// <summary>The session timeout granted, in milliseconds; 0 when the session is not valid.</summary>
    public int Timeout { get; } = timeout;

    /// <summary>The session; 0 when it is not valid.</summary>
    public long SessionId { get; } = sessionId;

    /// <summary>Its password, 16 bytes. Never to be logged.</summary>
    public ReadOnlySpan<byte> Password { get; } = password;

    /// <summary>Whether the server is read-only; null to leave it out.</summary>
    public bool? ReadOnly { get; } = readOnly;

    /// <summary>Writes it.</summary>
    public void Write(in JuteWriter writer)
    {
        writer.WriteInt(ProtocolVersion);
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
    public static ConnectResponse Read(scoped ref JuteReader reader)
    {
        var protocolVersion = reader.ReadInt();
        var timeout = reader.ReadInt();
        var sessionId = reader.ReadLong();
        var password = reader.ReadBuffer();
        bool? readOnly = reader.Remaining > 0 ? reader.ReadBool() : null;
        return new ConnectResponse(protocolVersion, timeout, sessionId, password, readOnly);
    }
}

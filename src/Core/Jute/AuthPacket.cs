namespace GrainKeeper.Core.Jute;

/// <summary>Request auth (xid −4).</summary>
/// <param name="type">Always 0.</param>
/// <param name="scheme">The scheme in UTF-8.</param>
/// <param name="auth">The credentials. Never to be logged.</param>
public readonly ref struct AuthPacket(int type, ReadOnlySpan<byte> scheme, ReadOnlySpan<byte> auth)
{
    /// <summary>Always 0.</summary>
    public int Type { get; } = type;

    /// <summary>The scheme in UTF-8.</summary>
    public ReadOnlySpan<byte> Scheme { get; } = scheme;

    /// <summary>The credentials. Never to be logged.</summary>
    public ReadOnlySpan<byte> Auth { get; } = auth;

    /// <summary>Writes it.</summary>
    public void Write(in JuteWriter writer)
    {
        writer.WriteInt(Type);
        writer.WriteBuffer(Scheme);
        writer.WriteBuffer(Auth);
    }

    /// <summary>Reads one in place.</summary>
    /// <exception cref="JuteFormatException">The bytes are no such record.</exception>
    public static AuthPacket Read(scoped ref JuteReader reader)
    {
        var type = reader.ReadInt();
        var scheme = reader.ReadBuffer();
        var auth = reader.ReadBuffer();
        return new AuthPacket(type, scheme, auth);
    }
}

namespace GrainKeeper.Core.Jute;

/// <summary>Requests delete and check.</summary>
/// <param name="path">The path in UTF-8.</param>
/// <param name="version">The version it must have; −1 for any.</param>
public readonly ref struct PathVersionRequest(ReadOnlySpan<byte> path, int version)
{
    /// <summary>The path in UTF-8.</summary>
    public ReadOnlySpan<byte> Path { get; } = path;

    /// <summary>The version it must have; −1 for any.</summary>
    public int Version { get; } = version;

    /// <summary>Writes it.</summary>
    public void Write(in JuteWriter writer)
    {
        writer.WriteBuffer(Path);
        writer.WriteInt(Version);
    }

    /// <summary>Reads one in place.</summary>
    /// <exception cref="JuteFormatException">The bytes are no such record.</exception>
    public static PathVersionRequest Read(scoped ref JuteReader reader)
    {
        var path = reader.ReadBuffer();
        var version = reader.ReadInt();
        return new PathVersionRequest(path, version);
    }
}

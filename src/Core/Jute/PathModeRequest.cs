namespace GrainKeeper.Core.Jute;

/// <summary>Requests addWatch (a mode), checkWatches and removeWatches (a type).</summary>
/// <param name="path">The path in UTF-8.</param>
/// <param name="mode">The mode, or the type of watcher.</param>
public readonly ref struct PathModeRequest(ReadOnlySpan<byte> path, int mode)
{
    /// <summary>The path in UTF-8.</summary>
    public ReadOnlySpan<byte> Path { get; } = path;

    /// <summary>The mode, or the type of watcher.</summary>
    public int Mode { get; } = mode;

    /// <summary>Writes it.</summary>
    public void Write(in JuteWriter writer)
    {
        writer.WriteBuffer(Path);
        writer.WriteInt(Mode);
    }

    /// <summary>Reads one in place.</summary>
    /// <exception cref="JuteFormatException">The bytes are no such record.</exception>
    public static PathModeRequest Read(scoped ref JuteReader reader)
    {
        var path = reader.ReadBuffer();
        var mode = reader.ReadInt();
        return new PathModeRequest(path, mode);
    }
}

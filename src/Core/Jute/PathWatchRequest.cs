namespace GrainKeeper.Core.Jute;

/// <summary>Requests exists, getData, getChildren, getChildren2.</summary>
/// <param name="path">The path in UTF-8.</param>
/// <param name="watch">Whether to set a watch.</param>
public readonly ref struct PathWatchRequest(ReadOnlySpan<byte> path, bool watch)
{
    /// <summary>The path in UTF-8.</summary>
    public ReadOnlySpan<byte> Path { get; } = path;

    /// <summary>Whether to set a watch.</summary>
    public bool Watch { get; } = watch;

    /// <summary>Writes it.</summary>
    public void Write(in JuteWriter writer)
    {
        writer.WriteBuffer(Path);
        writer.WriteBool(Watch);
    }

    /// <summary>Reads one in place.</summary>
    /// <exception cref="JuteFormatException">The bytes are no such record.</exception>
    public static PathWatchRequest Read(scoped ref JuteReader reader)
    {
        var path = reader.ReadBuffer();
        var watch = reader.ReadBool();
        return new PathWatchRequest(path, watch);
    }
}

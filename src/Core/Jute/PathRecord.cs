namespace GrainKeeper.Core.Jute;

/// <summary>A path alone: requests sync, getACL, getAllChildrenNumber, getEphemerals (its prefix); responses create, sync.</summary>
/// <param name="path">The path in UTF-8.</param>
public readonly ref struct PathRecord(ReadOnlySpan<byte> path)
{
    /// <summary>The path in UTF-8.</summary>
    public ReadOnlySpan<byte> Path { get; } = path;

    /// <summary>Writes it.</summary>
    public void Write(in JuteWriter writer)
    {
        writer.WriteBuffer(Path);
    }

    /// <summary>Reads one in place.</summary>
    /// <exception cref="JuteFormatException">The bytes are no such record.</exception>
    public static PathRecord Read(scoped ref JuteReader reader)
    {
        var path = reader.ReadBuffer();
        return new PathRecord(path);
    }
}

namespace GrainKeeper.Core.Jute;

/// <summary>Responses create2, createContainer and createTTL.</summary>
/// <param name="path">The path in UTF-8.</param>
/// <param name="stat">The node's stat.</param>
public readonly ref struct Create2Response(ReadOnlySpan<byte> path, Stat stat)
{
    /// <summary>The path in UTF-8.</summary>
    public ReadOnlySpan<byte> Path { get; } = path;

    /// <summary>The node's stat.</summary>
    public Stat Stat { get; } = stat;

    /// <summary>Writes it.</summary>
    public void Write(in JuteWriter writer)
    {
        writer.WriteBuffer(Path);
        Stat.Write(writer);
    }

    /// <summary>Reads one in place.</summary>
    /// <exception cref="JuteFormatException">The bytes are no such record.</exception>
    public static Create2Response Read(scoped ref JuteReader reader)
    {
        var path = reader.ReadBuffer();
        var stat = Stat.Read(ref reader);
        return new Create2Response(path, stat);
    }
}

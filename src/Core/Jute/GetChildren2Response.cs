namespace GrainKeeper.Core.Jute;

/// <summary>Response getChildren2.</summary>
/// <param name="children">The names.</param>
/// <param name="stat">The node's stat.</param>
public readonly ref struct GetChildren2Response(StringVector children, Stat stat)
{
    /// <summary>The names.</summary>
    public StringVector Children { get; } = children;

    /// <summary>The node's stat.</summary>
    public Stat Stat { get; } = stat;

    /// <summary>Writes it.</summary>
    public void Write(in JuteWriter writer)
    {
        Children.Write(writer);
        Stat.Write(writer);
    }

    /// <summary>Reads one in place.</summary>
    /// <exception cref="JuteFormatException">The bytes are no such record.</exception>
    public static GetChildren2Response Read(scoped ref JuteReader reader)
    {
        var children = StringVector.Read(ref reader);
        var stat = Stat.Read(ref reader);
        return new GetChildren2Response(children, stat);
    }
}

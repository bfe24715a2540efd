namespace GrainKeeper.Core.Jute;

/// <summary>Responses getChildren and getEphemerals.</summary>
/// <param name="children">The names, or the paths of ephemerals.</param>
public readonly ref struct GetChildrenResponse(StringVector children)
{
    /// <summary>The names, or the paths of ephemerals.</summary>
    public StringVector Children { get; } = children;

    /// <summary>Writes it.</summary>
    public void Write(in JuteWriter writer)
    {
        Children.Write(writer);
    }

    /// <summary>Reads one in place.</summary>
    /// <exception cref="JuteFormatException">The bytes are no such record.</exception>
    public static GetChildrenResponse Read(scoped ref JuteReader reader)
    {
        var children = StringVector.Read(ref reader);
        return new GetChildrenResponse(children);
    }
}

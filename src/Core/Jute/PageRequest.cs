namespace GrainKeeper.Core.Jute;

/// <summary>
/// Requests of GrainKeeper's own: <see cref="OpCode.GetChildrenPage"/> (answer: zxid long, whether there are more bool, names vector, stat) and <see cref="OpCode.GetSubtreePage"/> (answer: zxid long, whether there are more bool, paths vector).
/// </summary>
/// <param name="path">The node whose children, or whose subtree without itself, is listed.</param>
/// <param name="prefix">Only names that begin so; of a subtree, only paths that begin with the node's, a slash and this.</param>
/// <param name="after">Only what comes after this name, or after this path; empty from the beginning.</param>
/// <param name="limit">How many at most; at least 1.</param>
public readonly ref struct PageRequest(ReadOnlySpan<byte> path, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> after, int limit)
{
    /// <summary>The node whose children, or whose subtree without itself, is listed.</summary>
    public ReadOnlySpan<byte> Path { get; } = path;

    /// <summary>Only names that begin so; of a subtree, only paths that begin with the node's, a slash and this.</summary>
    public ReadOnlySpan<byte> Prefix { get; } = prefix;

    /// <summary>Only what comes after this name, or after this path; empty from the beginning.</summary>
    public ReadOnlySpan<byte> After { get; } = after;

    /// <summary>How many at most.</summary>
    public int Limit { get; } = limit;

    /// <summary>Writes it.</summary>
    public void Write(in JuteWriter writer)
    {
        writer.WriteBuffer(Path);
        writer.WriteBuffer(Prefix);
        writer.WriteBuffer(After);
        writer.WriteInt(Limit);
    }

    /// <summary>Reads one in place.</summary>
    /// <exception cref="JuteFormatException">The bytes are no such record.</exception>
    public static PageRequest Read(scoped ref JuteReader reader)
    {
        var path = reader.ReadBuffer();
        var prefix = reader.ReadBuffer();
        var after = reader.ReadBuffer();
        var limit = reader.ReadInt();
        return limit > 0 ? new PageRequest(path, prefix, after, limit) : throw new JuteFormatException($"a page of {limit} names is asked for");
    }
}

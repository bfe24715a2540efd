namespace GrainKeeper.Core.Jute;

/// <summary>Requests setWatches (three lists) and setWatches2 (five).</summary>
/// <param name="relativeZxid">The last zxid that the client has seen.</param>
/// <param name="data">Watched nodes that existed.</param>
/// <param name="exist">Watched nodes that did not exist.</param>
/// <param name="child">Nodes whose children are watched.</param>
/// <param name="persistent">Nodes watched persistently.</param>
/// <param name="persistentRecursive">Nodes watched persistently with all below them.</param>
public readonly ref struct SetWatchesRequest(
    long relativeZxid, StringVector data, StringVector exist, StringVector child, StringVector persistent, StringVector persistentRecursive)
{
    /// <summary>The last zxid that the client has seen.</summary>
    public long RelativeZxid { get; } = relativeZxid;

    /// <summary>Watched nodes that existed.</summary>
    public StringVector Data { get; } = data;

    /// <summary>Watched nodes that did not exist.</summary>
    public StringVector Exist { get; } = exist;

    /// <summary>Nodes whose children are watched.</summary>
    public StringVector Child { get; } = child;

    /// <summary>Nodes watched persistently.</summary>
    public StringVector Persistent { get; } = persistent;

    /// <summary>Nodes watched persistently with all below them.</summary>
    public StringVector PersistentRecursive { get; } = persistentRecursive;

    /// <summary>Writes it.</summary>
    /// <param name="writer">Takes it.</param>
    /// <param name="type">The request's type: only <see cref="OpCode.SetWatches2"/> has the last two lists.</param>
    public void Write(in JuteWriter writer, OpCode type)
    {
        writer.WriteLong(RelativeZxid);
        Data.Write(writer);
        Exist.Write(writer);
        Child.Write(writer);
        if (type == OpCode.SetWatches2)
        {
            Persistent.Write(writer);
            PersistentRecursive.Write(writer);
        }
    }

    /// <summary>Reads one in place.</summary>
    /// <param name="reader">Where from.</param>
    /// <param name="type">The request's type: only <see cref="OpCode.SetWatches2"/> has the last two lists.</param>
    /// <exception cref="JuteFormatException">The bytes are no such record.</exception>
    public static SetWatchesRequest Read(scoped ref JuteReader reader, OpCode type)
    {
        var relativeZxid = reader.ReadLong();
        var data = StringVector.Read(ref reader);
        var exist = StringVector.Read(ref reader);
        var child = StringVector.Read(ref reader);
        if (type != OpCode.SetWatches2)
        {
            return new SetWatchesRequest(relativeZxid, data, exist, child, default, default);
        }

        var persistent = StringVector.Read(ref reader);
        return new SetWatchesRequest(relativeZxid, data, exist, child, persistent, StringVector.Read(ref reader));
    }
}

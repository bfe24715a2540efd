namespace GrainKeeper.Core.Jute;

/// <summary>
/// A request of GrainKeeper's own: sets persistent watches, and asks for the events that they would have told since a position. The answer: status (<see cref="ResumeStatus"/>) int, position (zxid long, ordinal int), vector of
/// events (zxid long, ordinal int, type int, path). From then on the connection's notifications have the transaction in their header, and the ordinal after the path.
/// </summary>
/// <param name="zxid">The last transaction seen; −1: only what happens from now on.</param>
/// <param name="ordinal">The last event seen of it; the largest int for all.</param>
/// <param name="mostEvents">How many events the answer may hold at most; at least 1.</param>
/// <param name="persistent">Nodes watched persistently.</param>
/// <param name="persistentRecursive">Nodes watched persistently with all below them.</param>
public readonly ref struct ResumeWatchesRequest(long zxid, int ordinal, int mostEvents, StringVector persistent, StringVector persistentRecursive)
{
    /// <summary>The last transaction seen; −1: only what happens from now on.</summary>
    public long Zxid { get; } = zxid;

    /// <summary>The last event seen of it; the largest int for all.</summary>
    public int Ordinal { get; } = ordinal;

    /// <summary>How many events the answer may hold at most.</summary>
    public int MostEvents { get; } = mostEvents;

    /// <summary>Nodes watched persistently.</summary>
    public StringVector Persistent { get; } = persistent;

    /// <summary>Nodes watched persistently with all below them.</summary>
    public StringVector PersistentRecursive { get; } = persistentRecursive;

    /// <summary>Writes it.</summary>
    public void Write(in JuteWriter writer)
    {
        writer.WriteLong(Zxid);
        writer.WriteInt(Ordinal);
        writer.WriteInt(MostEvents);
        Persistent.Write(writer);
        PersistentRecursive.Write(writer);
    }

    /// <summary>Reads one in place.</summary>
    /// <exception cref="JuteFormatException">The bytes are no such record.</exception>
    public static ResumeWatchesRequest Read(scoped ref JuteReader reader)
    {
        var zxid = reader.ReadLong();
        var ordinal = reader.ReadInt();
        var mostEvents = reader.ReadInt();
        if (zxid < -1 || ordinal < 0 || mostEvents < 1)
        {
            throw new JuteFormatException($"watches cannot go on from zxid {zxid}, event {ordinal}, with {mostEvents} events at a time");
        }

        var persistent = StringVector.Read(ref reader);
        return new ResumeWatchesRequest(zxid, ordinal, mostEvents, persistent, StringVector.Read(ref reader));
    }
}

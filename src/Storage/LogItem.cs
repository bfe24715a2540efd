using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Storage;

/// <summary>What is met on a way through a replica's log, in the order of the files.</summary>
public abstract record LogItem
{
    private LogItem()
    {
    }

    /// <summary>A segment begins.</summary>
    /// <param name="File">Its path.</param>
    /// <param name="Sequence">Its number: one more than that of the segment before.</param>
    /// <param name="Previous">The last zxid before it.</param>
    /// <param name="First">The zxid of its first record.</param>
    /// <param name="Length">Of the file, in bytes; of the last segment room that is prepared included.</param>
    public sealed record Segment(string File, long Sequence, Zxid Previous, Zxid First, long Length) : LogItem;

    /// <summary>A transaction whose checksum is right.</summary>
    /// <param name="Offset">Where in the segment.</param>
    /// <param name="Zxid">Its zxid.</param>
    /// <param name="Kind">What it is to ZAB.</param>
    /// <param name="Length">Of its payload, in bytes.</param>
    /// <param name="Summary">What it does; null when that was not asked for.</param>
    public sealed record Entry(long Offset, Zxid Zxid, TxnKind Kind, int Length, LogEntrySummary? Summary) : LogItem;

    /// <summary>Everything before it was durable when it was written.</summary>
    /// <param name="Offset">Where in the segment.</param>
    public sealed record Mark(long Offset) : LogItem;

    /// <summary>The segment's records end here, as they should.</summary>
    /// <param name="Offset">Where in the segment.</param>
    public sealed record End(long Offset) : LogItem;

    /// <summary>The last segment ends in what was never confirmed; the next start cuts it off.</summary>
    /// <param name="File">The segment's path.</param>
    /// <param name="Offset">Where in it.</param>
    /// <param name="What">What stands there.</param>
    public sealed record Torn(string File, long Offset, string What) : LogItem;

    /// <summary>Something is wrong. What can still be read behind it follows.</summary>
    /// <param name="File">The segment's path.</param>
    /// <param name="Offset">Where in it.</param>
    /// <param name="What">What is wrong.</param>
    public sealed record Damage(string File, long Offset, string What) : LogItem;
}

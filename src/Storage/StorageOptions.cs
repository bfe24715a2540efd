using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Storage;

/// <summary>Where and how one replica keeps its data. Sizes in bytes.</summary>
public sealed record StorageOptions
{
    /// <summary>The replica's own directory (one per server and tree); created when missing.</summary>
    public required string Directory { get; init; }

    /// <summary>The ensemble's name, 1 to 128 printable ASCII characters. Stamped into the directory.</summary>
    public required string ClusterId { get; init; }

    /// <summary>The server. Stamped into the directory.</summary>
    public required ServerId Server { get; init; }

    /// <summary>The tree. Stamped into the directory.</summary>
    public string Tree { get; init; } = "root";

    /// <summary>Size of a full log segment, 4 KiB to 1 GiB. The first segments after a start are smaller, so that an idle server stays small. Default 64 MiB.</summary>
    public int SegmentBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Size of the first segment after a start, 4 KiB to <see cref="SegmentBytes"/>; each next one is four times as large. Default 4 MiB.</summary>
    public int FirstSegmentBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Largest payload of one transaction, 1 KiB to 256 MiB. Default 32 MiB.</summary>
    public int MaxTxnBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>
    /// Bytes that may wait for the disk before <see cref="ReplicaStorage.Execute"/> makes its caller wait. 64 KiB to 4 GiB; default 128 MiB.
    /// </summary>
    public long MaxQueuedBytes { get; init; } = 128L * 1024 * 1024;

    /// <summary>How long that wait may last before the server ends because its disk hangs, in milliseconds. 100 to 600,000; default 30,000.</summary>
    public int MaxQueueWait { get; init; } = 30_000;

    /// <summary>Snapshots to keep (ZooKeeper's autopurge.snapRetainCount). 1 to 1,000; default 3.</summary>
    public int SnapshotsToRetain { get; init; } = 3;

    /// <summary>Largest number of transactions in <c>RecoveredHistory.Recent</c>. Default 1,000.</summary>
    public int RecentTxns { get; init; } = 1_000;

    /// <summary>Largest number of payload bytes in <c>RecoveredHistory.Recent</c>. Default 16 MiB.</summary>
    public long RecentBytes { get; init; } = 16L * 1024 * 1024;

    /// <summary>
    /// Quiet time after which the log gets a mark that all before it is durable, in milliseconds; 0 = never. Only with it a bit flip in
    /// the very last records can be told from a torn write. 0 to 60,000; default 200.
    /// </summary>
    public int IdleMarkAfter { get; init; } = 200;

    /// <summary>Checks every limit.</summary>
    /// <exception cref="ArgumentException">A value is out of range; the message names it, its limit and the remedy.</exception>
    public void Validate()
    {
        Require(!string.IsNullOrWhiteSpace(Directory), nameof(Directory), Directory, "a path");
        Require(
            ClusterId is { Length: > 0 and <= 128 } && ClusterId.All(c => c is > ' ' and < (char)127),
            nameof(ClusterId),
            ClusterId,
            "1 to 128 printable ASCII characters without spaces");
        Require(Server.Value is >= 1 and <= ServerId.Max, nameof(Server), Server, $"1 to {ServerId.Max}");
        Require(
            Tree is { Length: > 0 and <= 128 } && Tree.All(c => c is > ' ' and < (char)127),
            nameof(Tree),
            Tree,
            "1 to 128 printable ASCII characters without spaces");
        RequireRange(SegmentBytes, 4096, 1 << 30, nameof(SegmentBytes));
        RequireRange(FirstSegmentBytes, 4096, SegmentBytes, nameof(FirstSegmentBytes));
        RequireRange(MaxTxnBytes, 1024, 256 << 20, nameof(MaxTxnBytes));
        RequireRange(MaxQueuedBytes, 64 << 10, 4L << 30, nameof(MaxQueuedBytes));
        RequireRange(MaxQueueWait, 100, 600_000, nameof(MaxQueueWait));
        RequireRange(SnapshotsToRetain, 1, 1_000, nameof(SnapshotsToRetain));
        RequireRange(RecentTxns, 0, 1_000_000, nameof(RecentTxns));
        RequireRange(RecentBytes, 0, 1L << 30, nameof(RecentBytes));
        RequireRange(IdleMarkAfter, 0, 60_000, nameof(IdleMarkAfter));
    }

    private static void RequireRange(long value, long low, long high, string name) =>
        Require(value >= low && value <= high, name, value, $"{low} to {high}");

    private static void Require(bool condition, string name, object? value, string allowed)
    {
        if (!condition)
        {
            throw new ArgumentException($"storage option {name} = '{value}' is not allowed; set it to {allowed}", name);
        }
    }
}

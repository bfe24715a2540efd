using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Storage.Log;

/// <summary>What is known of one segment on disk. All but the constructor's facts are guarded by the log's lock.</summary>
/// <param name="path">Its file.</param>
/// <param name="header">Its header.</param>
internal sealed class LogSegment(string path, SegmentHeader header)
{
    public string Path { get; } = path;

    public SegmentHeader Header { get; } = header;

    /// <summary>The offset behind its last durable record.</summary>
    public long End { get; set; } = LogFormat.HeaderSize;

    /// <summary>The zxid of its last durable record.</summary>
    public Zxid Last { get; set; } = header.After;

    /// <summary>Null until the segment is read for the first time, when it was written before this start.</summary>
    public SparseIndex? Index { get; set; }

    /// <summary>Readers and holders that need it and all after it.</summary>
    public int Leases { get; set; }

    /// <summary>Whether it was cut or deleted since it was looked up: what a reader found in it is void.</summary>
    public bool Void { get; set; }
}

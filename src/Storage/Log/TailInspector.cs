using GrainKeeper.Core.Quorum;
using GrainKeeper.Storage.Files;

namespace GrainKeeper.Storage.Log;

/// <summary>
/// Tells a torn tail from corruption. With group commit the pages of one unflushed batch may reach the disk in any order, so a bad record before
/// a good one proves nothing by itself; but each record says up to where the log was durable when it was written, and a
/// good record that places the bad one before that offset proves that durable data is damaged.
/// </summary>
internal static class TailInspector
{
    private const int ChunkSize = 1024 * 1024;

    /// <summary>Looks at what lies behind the last good record.</summary>
    /// <param name="file">The log's last segment.</param>
    /// <param name="salt">From its header.</param>
    /// <param name="badOffset">Where the good records end.</param>
    /// <param name="last">The zxid of the last good one.</param>
    public static TailVerdict Inspect(IStorageFile file, ulong salt, long badOffset, Zxid last)
    {
        var length = file.Length;
        var dirtyEnd = LastNonZero(file, badOffset, length);
        if (dirtyEnd == badOffset)
        {
            return new TailVerdict(IsZero: true, ProofOffset: null);
        }

        return new TailVerdict(IsZero: false, FindRecord(file, salt, badOffset, last, onlyProof: true));
    }

    /// <summary>Looks for a sound record behind a bad one.</summary>
    /// <param name="file">The segment.</param>
    /// <param name="salt">From its header.</param>
    /// <param name="badOffset">Where the bad one begins.</param>
    /// <param name="last">Only a record of a greater zxid counts.</param>
    /// <param name="onlyProof">Whether only one counts that was written when the bad one was durable already.</param>
    /// <returns>Its offset, or null.</returns>
    public static long? FindRecord(IStorageFile file, ulong salt, long badOffset, Zxid last, bool onlyProof)
    {
        var length = file.Length;

        // A record may end in zero bytes: take them in, or it would look cut off.
        var dirtyEnd = LastNonZero(file, badOffset, length);
        var tail = new byte[(int)Math.Min(length - badOffset, dirtyEnd - badOffset + LogFormat.RecordHeaderSize)];
        _ = file.Read(badOffset, tail);
        for (var at = 8; at + LogFormat.RecordHeaderSize <= tail.Length; at += 8)
        {
            var offset = badOffset + at;
            var header = tail.AsSpan(at, LogFormat.RecordHeaderSize);
            var record = RecordHeader.Read(header);
            if (record.Zxid <= last
                || (onlyProof && offset - record.SinceDurable <= badOffset)
                || record.ImpossibleAt(offset, length) is not null)
            {
                continue;
            }

            var payloadStart = at + LogFormat.RecordHeaderSize;
            var inside = payloadStart + record.Length <= tail.Length;
            var payload = inside ? tail.AsSpan(payloadStart, record.Length) : new byte[record.Length];
            if (!inside)
            {
                _ = file.Read(badOffset + payloadStart, payload);
            }

            if (record.Checksum == LogFormat.Checksum(salt, offset, header, payload))
            {
                return offset;
            }
        }

        return null;
    }

    /// <summary>The offset behind the last byte that is not zero, or <paramref name="start"/> when there is none.</summary>
    public static long LastNonZero(IStorageFile file, long start, long end)
    {
        var buffer = new byte[(int)Math.Min(ChunkSize, Math.Max(1, end - start))];
        var dirty = start;
        for (var offset = start; offset < end; offset += buffer.Length)
        {
            var read = file.Read(offset, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - offset)));
            var lastSet = buffer.AsSpan(0, read).LastIndexOfAnyExcept((byte)0);
            if (lastSet >= 0)
            {
                dirty = offset + lastSet + 1;
            }
        }

        return dirty;
    }
}

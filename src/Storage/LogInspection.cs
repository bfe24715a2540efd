using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Storage.Files;
using GrainKeeper.Storage.Log;

namespace GrainKeeper.Storage;

/// <summary>Goes through a replica's log, checks every checksum and that nothing is missing, and tells what it meets. Reads only; may run beside a server, and then the end may look torn.</summary>
public static class LogInspection
{
    /// <summary>Goes through all segments of a directory.</summary>
    /// <param name="directory">A replica's directory.</param>
    /// <param name="summarize">Whether to say what each transaction does.</param>
    /// <param name="tell">Called for everything that is met, in order.</param>
    /// <exception cref="StorageException">The directory cannot be read.</exception>
    public static void Read(string directory, bool summarize, Action<LogItem> tell) => Read(directory, DiskFileSystem.Instance, summarize, tell);

    internal static void Read(string directory, IFileSystem files, bool summarize, Action<LogItem> tell)
    {
        var segments = files.List(directory).Where(n => FileNames.TryParseLogSegment(n, out _)).ToArray();
        SegmentHeader? previous = null;
        Zxid? last = null;
        for (var i = 0; i < segments.Length; i++)
        {
            ReadSegment(files, Path.Combine(directory, segments[i]), isLast: i == segments.Length - 1, summarize, tell, ref previous, ref last);
        }
    }

    private static void ReadSegment(IFileSystem files, string path, bool isLast, bool summarize, Action<LogItem> tell, ref SegmentHeader? previous, ref Zxid? last)
    {
        using var file = files.OpenRead(path);
        var length = file.Length;
        Span<byte> bytes = stackalloc byte[LogFormat.HeaderSize];
        var read = file.Read(0, bytes);
        if (SegmentHeader.TryRead(bytes[..read], out var header) is { } problem)
        {
            tell(new LogItem.Damage(path, 0, problem));
            previous = null;
            last = null;
            return;
        }

        tell(new LogItem.Segment(path, header.Sequence, header.After, header.First, length));
        if (previous is { } before && before.Sequence + 1 != header.Sequence)
        {
            tell(new LogItem.Damage(path, 0, $"segment {header.Sequence} follows segment {before.Sequence}: a segment is missing between them"));
        }
        else if (last is { } end && end != header.After)
        {
            tell(new LogItem.Damage(path, 0, $"the segment begins after zxid {header.After}, but the one before it ends with {end}: records are missing"));
        }

        previous = header;
        last = ReadRecords(file, header, length, isLast, summarize, tell);
    }

    /// <returns>The zxid with which the segment ends; null when that cannot be told.</returns>
    private static Zxid? ReadRecords(IStorageFile file, SegmentHeader header, long length, bool isLast, bool summarize, Action<LogItem> tell)
    {
        var start = (long)LogFormat.HeaderSize;
        Zxid? expected = header.After;
        Zxid? last = header.After;
        while (true)
        {
            var scanner = new RecordScanner(file, header.Salt, start, length, expected);
            while (scanner.MoveNext())
            {
                tell(ItemOf(scanner, summarize));
                last = scanner.Last;
            }

            var verdict = TailInspector.Inspect(file, header.Salt, scanner.NextOffset, last ?? header.After);
            if (verdict.IsZero && scanner.Damage is null)
            {
                tell(new LogItem.End(scanner.NextOffset));
                return last;
            }

            var what = scanner.Damage ?? "zeros stand where a record should";
            tell(isLast && !verdict.IsCorrupt && !scanner.OutOfOrder ? new LogItem.Torn(file.Path, scanner.NextOffset, what) : new LogItem.Damage(file.Path, scanner.NextOffset, what));
            if (scanner.OutOfOrder)
            {
                // The record itself is sound: go on with it.
                start = scanner.NextOffset;
                expected = null;
                continue;
            }

            // Show what can still be read behind the damage.
            if (TailInspector.FindRecord(file, header.Salt, scanner.NextOffset, last ?? header.After, onlyProof: false) is not { } next)
            {
                return null;
            }

            start = next;
            expected = null;
        }
    }

    private static LogItem ItemOf(RecordScanner scanner, bool summarize)
    {
        var record = scanner.Header;
        return record.IsMark
            ? new LogItem.Mark(scanner.Offset)
            : new LogItem.Entry(
                scanner.Offset, record.Zxid, record.Kind, record.Length, summarize ? LogEntrySummary.Of(Membership.ChangeOf(record.Kind, scanner.Payload)) : null);
    }
}

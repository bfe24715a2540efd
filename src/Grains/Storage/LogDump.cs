using System.Globalization;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Tree;
using GrainKeeper.Grains.Storage.Files;
using GrainKeeper.Grains.Storage.Log;

namespace GrainKeeper.Grains.Storage;

/// <summary>Prints a replica's log, one record a line.</summary>
public static class LogDump
{
    /// <summary>
    /// Prints every segment and record of the directory in order, and where it is damaged. Reads only; may run beside a server.
    /// </summary>
    /// <param name="output">Where to.</param>
    /// <param name="directory">A replica's directory.</param>
    /// <returns>How many places are damaged; a torn tail of the last segment is reported but not counted.</returns>
    /// <exception cref="StorageException">The directory cannot be read.</exception>
    public static int Write(TextWriter output, string directory) => Write(output, directory, DiskFileSystem.Instance);

    internal static int Write(TextWriter output, string directory, IFileSystem files)
    {
        var segments = files.List(directory).Where(n => FileNames.TryParseLogSegment(n, out _)).ToArray();
        if (segments.Length == 0)
        {
            output.WriteLine($"no log segments in {directory}");
        }

        var damaged = 0;
        SegmentHeader? previous = null;
        Zxid? last = null;
        for (var i = 0; i < segments.Length; i++)
        {
            damaged += WriteSegment(output, files, Path.Combine(directory, segments[i]), isLast: i == segments.Length - 1, ref previous, ref last);
        }

        return damaged;
    }

    private static int WriteSegment(
        TextWriter output, IFileSystem files, string path, bool isLast, ref SegmentHeader? previous, ref Zxid? last)
    {
        using var file = files.OpenRead(path);
        var length = file.Length;
        Span<byte> bytes = stackalloc byte[LogFormat.HeaderSize];
        var read = file.Read(0, bytes);
        if (SegmentHeader.TryRead(bytes[..read], out var header) is { } problem)
        {
            Damaged(output, path, 0, problem);
            previous = null;
            last = null;
            return 1;
        }

        Line(output, $"segment {path}: number {header.Sequence}, after zxid {header.After}, first zxid {header.First}, {length} bytes");
        var damaged = 0;
        if (previous is { } before && before.Sequence + 1 != header.Sequence)
        {
            Damaged(output, path, 0, $"segment {header.Sequence} follows segment {before.Sequence}: a segment is missing between them");
            damaged++;
        }
        else if (last is { } end && end != header.After)
        {
            Damaged(output, path, 0, $"the segment begins after zxid {header.After}, but the one before it ends with {end}: records are missing");
            damaged++;
        }

        previous = header;
        damaged += WriteRecords(output, file, header, length, isLast, out last);
        return damaged;
    }

    private static int WriteRecords(TextWriter output, IStorageFile file, SegmentHeader header, long length, bool isLast, out Zxid? last)
    {
        var damaged = 0;
        var start = (long)LogFormat.HeaderSize;
        Zxid? expected = header.After;
        last = header.After;
        while (true)
        {
            var scanner = new RecordScanner(file, header.Salt, start, length, expected);
            while (scanner.MoveNext())
            {
                WriteRecord(output, scanner);
                last = scanner.Last;
            }

            var verdict = TailInspector.Inspect(file, header.Salt, scanner.NextOffset, last ?? header.After);
            if (verdict.IsZero && scanner.Damage is null)
            {
                Line(output, $"end of records at offset {scanner.NextOffset}");
                return damaged;
            }

            var what = scanner.Damage ?? "zeros stand where a record should";
            if (isLast && !verdict.IsCorrupt && !scanner.OutOfOrder)
            {
                Line(output, $"TORN {file.Path} at offset {scanner.NextOffset}: {what}; never confirmed, the next start cuts it off");
            }
            else
            {
                Damaged(output, file.Path, scanner.NextOffset, what);
                damaged++;
            }

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
                last = null;
                return damaged;
            }

            start = next;
            expected = null;
        }
    }

    private static void WriteRecord(TextWriter output, RecordScanner scanner)
    {
        var record = scanner.Header;
        if (record.IsMark)
        {
            Line(output, $"offset {scanner.Offset} mark: everything before it was durable");
            return;
        }

        Line(
            output,
            $"offset {scanner.Offset} zxid {record.Zxid} {record.Kind} {record.Length} bytes {Describe(record, scanner.Payload)}");
    }

    private static string Describe(RecordHeader record, ReadOnlySpan<byte> payload) =>
        TxnFormatter.Describe(Core.Replica.Membership.ChangeOf(record.Kind, payload));

    private static void Damaged(TextWriter output, string path, long offset, string what) =>
        Line(output, $"DAMAGED {path} at offset {offset}: {what}");

    private static void Line(TextWriter output, FormattableString text) => output.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}

using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;
using GrainKeeper.Storage.Files;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Storage.Log;

/// <summary>Finds the log's segments at a start, repairs the end, and replays.</summary>
internal sealed class LogRecovery(IFileSystem files, string directory, ILogger logger)
{
    private readonly List<LogSegment> _segments = [];

    /// <summary>In order, contiguous; valid after <see cref="Open"/>.</summary>
    public IReadOnlyList<LogSegment> Segments => _segments;

    /// <summary>The last zxid in the log, or null when there is none.</summary>
    public Zxid? Last => _segments.Count == 0 ? null : _segments[^1].Last;

    /// <summary>Reads all headers, checks that no segment is missing, and brings the last one into order.</summary>
    /// <exception cref="StorageCorruptException">Durable data is damaged or missing.</exception>
    public void Open()
    {
        foreach (var name in files.List(directory))
        {
            if (FileNames.TryParseLogSegment(name, out var first))
            {
                AddSegment(Path.Combine(directory, name), first);
            }
        }

        if (_segments.Count > 0 && !RepairLast(_segments[^1]))
        {
            // Created, but no record became durable: the next transaction would claim the same name.
            files.Delete(_segments[^1].Path);
            files.FlushDirectory(directory);
            _segments.RemoveAt(_segments.Count - 1);
        }
    }

    /// <summary>Replays the transactions after a snapshot, checking every segment that holds one.</summary>
    /// <exception cref="StorageCorruptException">A segment is damaged.</exception>
    public void Replay(Zxid after, Action<Txn> replay)
    {
        for (var i = 0; i < _segments.Count; i++)
        {
            if (_segments[i].Last > after)
            {
                ReplaySegment(_segments[i], isLast: i == _segments.Count - 1, after, replay);
            }
        }
    }

    private static StorageCorruptException Corrupt(string path, long offset, string what) =>
        new(path, offset, what, StorageCorruptException.TakeFromLeader);

    private void AddSegment(string path, Zxid first)
    {
        using var file = files.OpenRead(path);
        Span<byte> bytes = stackalloc byte[LogFormat.HeaderSize];
        var read = file.Read(0, bytes);
        if (SegmentHeader.TryRead(bytes[..read], out var header) is { } problem)
        {
            throw Corrupt(path, 0, problem);
        }

        if (header.First != first)
        {
            throw Corrupt(path, 0, $"the header names zxid {header.First} as the first, the file's name says {first}");
        }

        if (_segments.Count > 0)
        {
            var previous = _segments[^1];
            if (header.Sequence != previous.Header.Sequence + 1)
            {
                throw Corrupt(
                    path,
                    0,
                    $"this is segment {header.Sequence} of the log, but the one before it, {Path.GetFileName(previous.Path)}, is segment " +
                    $"{previous.Header.Sequence}: a segment is missing between them");
            }

            previous.Last = header.After;
            previous.End = files.OpenReadLength(previous.Path);
        }

        _segments.Add(new LogSegment(path, header));
    }

    /// <returns>Whether the segment holds any transaction.</returns>
    private bool RepairLast(LogSegment segment)
    {
        using var file = files.OpenWrite(segment.Path);
        var scanner = new RecordScanner(file, segment.Header.Salt, LogFormat.HeaderSize, file.Length, segment.Header.After);
        var endsMarked = false;
        var any = false;
        while (scanner.MoveNext())
        {
            any |= !scanner.Header.IsMark;
            endsMarked = scanner.Header.IsMark;
        }

        var end = scanner.NextOffset;
        if (scanner.OutOfOrder)
        {
            throw Corrupt(segment.Path, end, scanner.Damage!);
        }

        var verdict = TailInspector.Inspect(file, segment.Header.Salt, end, scanner.Last ?? segment.Header.After);
        if (verdict.ProofOffset is { } proof)
        {
            throw Corrupt(
                segment.Path,
                end,
                $"{scanner.Damage ?? "zeros stand where a record should"}; this is no torn write, for the record at offset {proof} " +
                "was written when everything before it was durable already");
        }

        if (!verdict.IsZero)
        {
            logger.LogWarning(
                "Cut the torn end of {File} at offset {Offset} ({Damage}): what was being written when the server died was never confirmed",
                segment.Path,
                end,
                scanner.Damage ?? "zeros before other bytes");
        }

        if (!any)
        {
            return false;
        }

        MakeDurable(file, scanner.ProvenDurable, end);
        segment.End = end;
        segment.Last = scanner.Last!.Value;
        if (!endsMarked)
        {
            var mark = new byte[LogFormat.RecordSize(0)];
            LogFormat.WriteRecord(mark, segment.Header.Salt, end, segment.Last.Value, LogFormat.MarkType, 0, []);
            file.Write(end, mark);
            file.FlushData();
            segment.End = end + mark.Length;
        }

        return true;
    }

    /// <summary>
    /// What is read back may be only in the operating system's cache: of a process that was killed, or, worse, of pages whose flush failed
    /// and which count as clean since. So the end is written again before anybody hears of it, and cut off so that nothing behind it lives on.
    /// </summary>
    private static void MakeDurable(IStorageFile file, long from, long end)
    {
        var buffer = new byte[(int)Math.Min(1024 * 1024, Math.Max(1, end - from))];
        for (var offset = from; offset < end; offset += buffer.Length)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - offset));
            _ = file.Read(offset, part);
            file.Write(offset, part);
        }

        file.SetLength(end);
        file.Flush();
    }

    private void ReplaySegment(LogSegment segment, bool isLast, Zxid after, Action<Txn> replay)
    {
        using var file = files.OpenRead(segment.Path);
        var scanner = new RecordScanner(file, segment.Header.Salt, LogFormat.HeaderSize, file.Length, segment.Header.After);
        var first = true;
        while (scanner.MoveNext())
        {
            var record = scanner.Header;
            if (first && record.Zxid != segment.Header.First)
            {
                throw Corrupt(segment.Path, scanner.Offset, $"the first record has zxid {record.Zxid}, the header says {segment.Header.First}");
            }

            first = false;
            if (!record.IsMark && record.Zxid > after)
            {
                try
                {
                    replay(new Txn(record.Zxid, record.Kind, scanner.Payload.ToArray()));
                }
                catch (FormatException e)
                {
                    throw Corrupt(
                        segment.Path, scanner.Offset, $"the state refuses the transaction of zxid {record.Zxid}, whose checksum matches: {e.Message}");
                }
            }
        }

        if (scanner.Damage is { } damage)
        {
            throw Corrupt(segment.Path, scanner.NextOffset, isLast ? damage : $"{damage}; only the last segment may have a torn end");
        }

        if (scanner.Last != segment.Last)
        {
            throw Corrupt(
                segment.Path, scanner.NextOffset, $"the records end with zxid {scanner.Last}, but the log goes on after {segment.Last}");
        }

        if (TailInspector.LastNonZero(file, scanner.NextOffset, file.Length) != scanner.NextOffset)
        {
            throw Corrupt(segment.Path, scanner.NextOffset, "bytes that are no record follow the last one");
        }
    }
}

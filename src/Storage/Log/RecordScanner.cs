using GrainKeeper.Core.Quorum;
using GrainKeeper.Storage.Files;

namespace GrainKeeper.Storage.Log;

/// <summary>Reads a segment's records one after the other with big reads, and checks each: checksum, place, and that zxids follow each other.</summary>
internal sealed class RecordScanner
{
    private const int ReadSize = 512 * 1024;

    private readonly IStorageFile _file;
    private readonly ulong _salt;
    private readonly long _end;
    private byte[] _buffer;
    private long _bufferStart;
    private int _bufferLength;
    private Zxid? _previous;

    /// <summary>Begins at an offset.</summary>
    /// <param name="file">The segment.</param>
    /// <param name="salt">From its header.</param>
    /// <param name="start">The offset of a record.</param>
    /// <param name="end">Nothing from here on is read; at most the file's length.</param>
    /// <param name="previous">The zxid before that record, or null when it is not known.</param>
    public RecordScanner(IStorageFile file, ulong salt, long start, long end, Zxid? previous)
    {
        _file = file;
        _salt = salt;
        _end = end;
        _previous = previous;
        _bufferStart = start;
        _buffer = new byte[(int)Math.Clamp(end - start, LogFormat.RecordHeaderSize, ReadSize)];
        Offset = NextOffset = start;
    }

    /// <summary>Where the current record begins.</summary>
    public long Offset { get; private set; }

    /// <summary>Where it ends; after <see cref="MoveNext"/> returned false, where the next one should have begun.</summary>
    public long NextOffset { get; private set; }

    public RecordHeader Header { get; private set; }

    /// <summary>The current record's payload; valid until the next call.</summary>
    public ReadOnlySpan<byte> Payload =>
        _buffer.AsSpan((int)(Offset - _bufferStart) + LogFormat.RecordHeaderSize, Header.Length);

    /// <summary>The zxid of the last transaction seen.</summary>
    public Zxid? Last => _previous;

    /// <summary>The greatest offset that a record seen proves to have been durable.</summary>
    public long ProvenDurable { get; private set; } = LogFormat.HeaderSize;

    /// <summary>Why reading stopped, when it was not at zeros or at the end; null otherwise.</summary>
    public string? Damage { get; private set; }

    /// <summary>Whether <see cref="Damage"/> is a valid record in the wrong order: never the work of a torn write.</summary>
    public bool OutOfOrder { get; private set; }

    private ReadOnlySpan<byte> Available => _buffer.AsSpan(0, _bufferLength)[(int)(Offset - _bufferStart)..];

    public bool MoveNext()
    {
        Offset = NextOffset;
        if (!Fill(LogFormat.RecordHeaderSize))
        {
            // Fewer bytes than a record's header: either zeros, or what a cut-off write left.
            Damage = Available.ContainsAnyExcept((byte)0) ? "a record's header is cut short" : null;
            return false;
        }

        if (!Available[..LogFormat.RecordHeaderSize].ContainsAnyExcept((byte)0))
        {
            return false;
        }

        var record = RecordHeader.Read(Available);
        Damage = record.ImpossibleAt(Offset, _end);
        if (Damage is not null)
        {
            return false;
        }

        Header = record;
        if (!Fill(LogFormat.RecordSize(record.Length)))
        {
            Damage = "a record is cut short";
            return false;
        }

        if (record.Checksum != LogFormat.Checksum(_salt, Offset, Available[..LogFormat.RecordHeaderSize], Payload))
        {
            Damage = "a record's checksum does not match";
            return false;
        }

        if (_previous is { } previous && (record.IsMark ? record.Zxid != previous : !previous.IsDirectlyBefore(record.Zxid)))
        {
            Damage = $"a record of zxid {record.Zxid} follows zxid {previous}: transactions are missing between them";
            OutOfOrder = true;
            return false;
        }

        _previous = record.Zxid;
        ProvenDurable = Math.Max(ProvenDurable, Offset - record.SinceDurable);
        NextOffset = Offset + LogFormat.RecordSize(record.Length);
        return true;
    }

    /// <summary>Makes the given number of bytes from <see cref="Offset"/> on available.</summary>
    private bool Fill(int needed)
    {
        var have = (int)(_bufferStart + _bufferLength - Offset);
        if (have >= needed)
        {
            return true;
        }

        var kept = Math.Max(0, have);
        var target = needed > _buffer.Length ? new byte[needed] : _buffer;
        _buffer.AsSpan(_bufferLength - kept, kept).CopyTo(target);
        _buffer = target;
        _bufferStart = Offset;
        var wanted = (int)Math.Min(_buffer.Length, _end - Offset);
        _bufferLength = wanted <= kept ? kept : kept + _file.Read(Offset + kept, _buffer.AsSpan(kept, wanted - kept));
        return _bufferLength >= needed;
    }
}

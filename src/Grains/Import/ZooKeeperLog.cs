using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace GrainKeeper.Grains.Import;

/// <summary>
/// Reads a log file of ZooKeeper (FileTxnLog) from its beginning. A record that is not whole ends it when nothing whole follows: the server
/// died while it wrote it, and never acknowledged it. When a whole record follows, something that was durable is damaged.
/// </summary>
internal sealed class ZooKeeperLog : IDisposable
{
    private const int Magic = 0x5A4B4C47; // ZKLG
    private const int FileHeader = 16;

    /// <summary>Checksum and length.</summary>
    private const int RecordHeader = 12;

    /// <summary>Bytes of a transaction's own header: no record is shorter.</summary>
    private const int ShortestTxn = 32;

    private const byte EndMark = (byte)'B';
    private const int Chunk = 1024 * 1024;

    private readonly string _file;
    private readonly SafeFileHandle _handle;
    private readonly long _length;
    private readonly byte[] _buffer = new byte[Chunk];
    private long _bufferStart;
    private int _bufferLength;
    private long _offset;

    public ZooKeeperLog(string file)
    {
        _file = file;
        _handle = File.OpenHandle(file);
        _length = RandomAccess.GetLength(_handle);
    }

    /// <summary>Where a record that was never finished begins; null when the file ends orderly. Known after the last record.</summary>
    public long? TornAt { get; private set; }

    /// <summary>Reads the next record; null at the end.</summary>
    /// <exception cref="DamagedFileException">A whole record follows a damaged one, or it is no log.</exception>
    public LogRecord? Next()
    {
        if (TornAt is not null || (_offset == 0 && !ReadFileHeader()))
        {
            return null;
        }

        if (TryRead(_offset, out var bytes))
        {
            var record = new LogRecord(_file, _offset, bytes);
            _offset += RecordHeader + bytes.Length + 1;
            return record;
        }

        if (FindRecord(_offset + 1) is { } following)
        {
            throw new DamagedFileException(
                _file, _offset, $"there is no whole record, but one follows at offset {following}. Take the data directory of another server, or a copy made before");
        }

        // Files are made longer ahead of what is written: zeros are no record.
        TornAt = IsZeroFrom(_offset) ? null : _offset;
        return null;
    }

    public void Dispose() => _handle.Dispose();

    private bool ReadFileHeader()
    {
        Span<byte> header = stackalloc byte[FileHeader];
        var read = ReadAt(0, header);
        if (read < FileHeader || header.IndexOfAnyExcept((byte)0) < 0)
        {
            if (FindRecord(0) is { } record)
            {
                throw new DamagedFileException(_file, 0, $"it does not begin as a log, but a record follows at offset {record}");
            }

            TornAt = 0;
            return false;
        }

        var (magic, version) = (BinaryPrimitives.ReadInt32BigEndian(header), BinaryPrimitives.ReadInt32BigEndian(header[4..]));
        if (magic != Magic || version != 2)
        {
            throw new DamagedFileException(_file, 0, $"it does not begin as a log of version 2 (magic 0x{magic:x8}, version {version})");
        }

        _offset = FileHeader;
        return true;
    }

    private bool TryRead(long offset, out byte[] bytes)
    {
        bytes = [];
        Span<byte> header = stackalloc byte[RecordHeader];
        if (ReadAt(offset, header) < RecordHeader)
        {
            return false;
        }

        var sum = BinaryPrimitives.ReadInt64BigEndian(header);
        var length = BinaryPrimitives.ReadInt32BigEndian(header[8..]);
        Span<byte> end = stackalloc byte[1];
        if (length is < ShortestTxn or > ImportLimits.Txn || ReadAt(offset + RecordHeader + length, end) < 1 || end[0] != EndMark)
        {
            return false;
        }

        bytes = new byte[length];
        return ReadAt(offset + RecordHeader, bytes) == length && Adler32.Of(bytes) == sum;
    }

    private long? FindRecord(long from)
    {
        var chunk = new byte[Chunk];
        while (from + RecordHeader + ShortestTxn < _length)
        {
            var read = RandomAccess.Read(_handle, chunk, from);
            var last = read - RecordHeader;
            if (last < 0)
            {
                return null;
            }

            for (var at = 0; at <= last; at++)
            {
                // The length is not zero: runs of zeros are passed over.
                var zeros = chunk.AsSpan(at + 8, read - at - 8).IndexOfAnyExcept((byte)0);
                if (zeros < 0)
                {
                    break;
                }

                at += Math.Max(0, zeros - 3);
                if (at <= last && BinaryPrimitives.ReadInt32BigEndian(chunk.AsSpan(at + 8)) is >= ShortestTxn and <= ImportLimits.Txn
                    && TryRead(from + at, out _))
                {
                    return from + at;
                }
            }

            from += last + 1;
        }

        return null;
    }

    private bool IsZeroFrom(long offset)
    {
        var chunk = new byte[Chunk];
        while (RandomAccess.Read(_handle, chunk, offset) is > 0 and var read)
        {
            if (chunk.AsSpan(0, read).IndexOfAnyExcept((byte)0) >= 0)
            {
                return false;
            }

            offset += read;
        }

        return true;
    }

    private int ReadAt(long offset, Span<byte> target)
    {
        var done = 0;
        while (done < target.Length)
        {
            var at = offset + done;
            if (at < _bufferStart || at >= _bufferStart + _bufferLength)
            {
                (_bufferStart, _bufferLength) = (at, RandomAccess.Read(_handle, _buffer, at));
                if (_bufferLength == 0)
                {
                    break;
                }
            }

            var part = _buffer.AsSpan((int)(at - _bufferStart), (int)Math.Min(target.Length - done, _bufferStart + _bufferLength - at));
            part.CopyTo(target[done..]);
            done += part.Length;
        }

        return done;
    }
}

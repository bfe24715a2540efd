using System.Buffers.Binary;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Storage.Files;

namespace GrainKeeper.Storage.Snapshots;

/// <summary>Reads a snapshot slice by slice, checking every block and, at the end, that nothing is missing.</summary>
internal sealed class SnapshotFileReader : IDisposable
{
    private readonly IStorageFile _file;
    private readonly ulong _salt;
    private byte[] _block;
    private byte[] _assembled = [];
    private long _payload;
    private uint _slices;

    private SnapshotFileReader(IStorageFile file, ulong salt, Zxid zxid)
    {
        _file = file;
        Length = file.Length;
        _block = new byte[(int)Math.Min(Math.Max(Length, SnapshotFormat.HeaderSize), SnapshotFormat.BlockSize(SnapshotFormat.MaxBlock))];
        _salt = salt;
        Zxid = zxid;
    }

    public Zxid Zxid { get; }

    /// <summary>From the footer; known once <see cref="TryReadSlice"/> has returned false.</summary>
    public Zxid End { get; private set; }

    /// <summary>Bytes of the file.</summary>
    public long Length { get; }

    public long Slices => _slices;

    /// <summary>Where the next block begins.</summary>
    public long Offset { get; private set; } = SnapshotFormat.HeaderSize;

    /// <exception cref="StorageCorruptException">The header is damaged.</exception>
    public static SnapshotFileReader Open(IFileSystem files, string path)
    {
        var file = files.OpenRead(path);
        try
        {
            Span<byte> header = stackalloc byte[SnapshotFormat.HeaderSize];
            var read = file.Read(0, header);
            var problem = SnapshotFormat.TryReadHeader(header[..read], out var salt, out var zxid);
            return problem is null ? new SnapshotFileReader(file, salt, zxid) : throw Corrupt(path, 0, problem);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads only header and footer.</summary>
    /// <exception cref="StorageCorruptException">One of them is damaged.</exception>
    public static SnapshotInfo ReadInfo(IFileSystem files, string path)
    {
        using var reader = Open(files, path);
        reader.Offset = reader.Length - SnapshotFormat.FooterSize;
        if (reader.Offset < SnapshotFormat.HeaderSize)
        {
            throw Corrupt(path, reader.Length, "the file is cut short: there is no footer");
        }

        var block = reader.ReadBlock(out _, out var flags);
        if (flags != SnapshotFormat.IsFooter || block.Length != SnapshotFormat.FooterPayload)
        {
            throw Corrupt(path, reader.Length - SnapshotFormat.FooterSize, "the file does not end with a footer");
        }

        return new SnapshotInfo(path, reader.Zxid, new Zxid(BinaryPrimitives.ReadInt64LittleEndian(block[24..])));
    }

    /// <summary>Reads the next slice; the span is valid until the next call.</summary>
    /// <returns>False after the last slice: the snapshot is whole.</returns>
    /// <exception cref="StorageCorruptException">A block is damaged or missing.</exception>
    public bool TryReadSlice(out ReadOnlySpan<byte> slice)
    {
        var assembled = 0;
        while (true)
        {
            var start = Offset;
            var payload = ReadBlock(out var number, out var flags);
            if (number != _slices || (flags == SnapshotFormat.IsFooter && assembled > 0))
            {
                throw Corrupt(_file.Path, start, $"a block of slice {number} stands where slice {_slices} should go on");
            }

            if (flags == SnapshotFormat.IsFooter)
            {
                CheckFooter(payload, start);
                slice = default;
                return false;
            }

            _payload += payload.Length;
            var last = flags == SnapshotFormat.SliceEnds;
            if (last && assembled == 0)
            {
                _slices++;
                slice = payload;
                return true;
            }

            if (assembled + payload.Length > _assembled.Length)
            {
                Array.Resize(ref _assembled, Math.Max(assembled + payload.Length, 2 * _assembled.Length));
            }

            payload.CopyTo(_assembled.AsSpan(assembled));
            assembled += payload.Length;
            if (assembled > SnapshotFormat.MaxSlice)
            {
                throw Corrupt(_file.Path, start, $"slice {number} is longer than {SnapshotFormat.MaxSlice} bytes");
            }

            if (last)
            {
                _slices++;
                slice = _assembled.AsSpan(0, assembled);
                return true;
            }
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        _block = _assembled = [];
    }

    private static StorageCorruptException Corrupt(string path, long offset, string what) =>
        new(path, offset, what, StorageCorruptException.TakeFromLeader);

    private ReadOnlySpan<byte> ReadBlock(out uint slice, out uint flags)
    {
        var header = _block.AsSpan(0, SnapshotFormat.BlockHeaderSize);
        if (_file.Read(Offset, header) < header.Length)
        {
            throw Corrupt(_file.Path, Offset, "the file is cut short: there is no footer");
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(header);
        slice = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
        flags = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
        if (length is < 0 or > SnapshotFormat.MaxBlock || Offset + SnapshotFormat.BlockSize(length) > Length)
        {
            throw Corrupt(_file.Path, Offset, $"a block claims {length} bytes, which do not fit into the file of {Length} bytes");
        }

        var payload = _block.AsSpan(SnapshotFormat.BlockHeaderSize, length);
        var padding = SnapshotFormat.BlockSize(length) - SnapshotFormat.BlockHeaderSize;
        if (_file.Read(Offset + SnapshotFormat.BlockHeaderSize, _block.AsSpan(SnapshotFormat.BlockHeaderSize, padding)) < padding
            || BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) != SnapshotFormat.Checksum(_salt, Offset, header, payload))
        {
            throw Corrupt(_file.Path, Offset, "a block's checksum does not match");
        }

        if (flags > SnapshotFormat.IsFooter)
        {
            throw Corrupt(_file.Path, Offset, $"a block has the unknown flags 0x{flags:x}");
        }

        Offset += SnapshotFormat.BlockSize(length);
        return payload;
    }

    private void CheckFooter(ReadOnlySpan<byte> footer, long start)
    {
        if (footer.Length != SnapshotFormat.FooterPayload
            || BinaryPrimitives.ReadInt64LittleEndian(footer) != _slices
            || BinaryPrimitives.ReadInt64LittleEndian(footer[8..]) != _payload
            || BinaryPrimitives.ReadInt64LittleEndian(footer[16..]) != Zxid.Value)
        {
            throw Corrupt(_file.Path, start, $"the footer does not match the {_slices} slices of {_payload} bytes before it");
        }

        if (Offset != Length)
        {
            throw Corrupt(_file.Path, Offset, $"{Length - Offset} bytes follow the footer");
        }

        End = new Zxid(BinaryPrimitives.ReadInt64LittleEndian(footer[24..]));
    }
}

using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using GrainKeeper.Core;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Storage.Files;

namespace GrainKeeper.Storage.Snapshots;

/// <summary>Writes one snapshot into a temporary file. The caller gives it its name once it is finished.</summary>
internal sealed class SnapshotFileWriter : IDisposable
{
    private const int BufferSize = 2 * 1024 * 1024;
    private const int FlushEvery = 1024 * 1024;

    private readonly IStorageFile _file;
    private readonly ulong _salt = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private int _buffered = SnapshotFormat.HeaderSize;
    private long _written;
    private long _flushed;
    private long _payload;
    private uint _slices;

    public SnapshotFileWriter(IFileSystem files, string path, Zxid zxid)
    {
        Zxid = zxid;
        _file = files.Create(path);
        SnapshotFormat.WriteHeader(_buffer, _salt, zxid);
    }

    public Zxid Zxid { get; }

    public void Append(ReadOnlySpan<byte> slice)
    {
        Invariant.That(slice.Length <= SnapshotFormat.MaxSlice, $"a snapshot's slice has {slice.Length} bytes");
        do
        {
            var part = slice[..Math.Min(slice.Length, SnapshotFormat.MaxBlock)];
            slice = slice[part.Length..];
            Write(_slices, slice.IsEmpty ? SnapshotFormat.SliceEnds : 0, part);
        }
        while (!slice.IsEmpty);
        _slices++;
    }

    /// <summary>Writes the footer and makes the file durable.</summary>
    public void Finish(Zxid end)
    {
        Span<byte> footer = stackalloc byte[SnapshotFormat.FooterPayload];
        BinaryPrimitives.WriteInt64LittleEndian(footer, _slices);
        BinaryPrimitives.WriteInt64LittleEndian(footer[8..], _payload);
        BinaryPrimitives.WriteInt64LittleEndian(footer[16..], Zxid.Value);
        BinaryPrimitives.WriteInt64LittleEndian(footer[24..], end.Value);
        Write(_slices, SnapshotFormat.IsFooter, footer);
        WriteOut();
        _file.Flush();
    }

    public void Dispose()
    {
        _file.Dispose();
        var buffer = _buffer;
        _buffer = [];
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Write(uint slice, uint flags, ReadOnlySpan<byte> payload)
    {
        if (_buffered + SnapshotFormat.BlockSize(payload.Length) > _buffer.Length)
        {
            WriteOut();
        }

        SnapshotFormat.WriteBlock(_buffer.AsSpan(_buffered), _salt, _written + _buffered, slice, flags, payload);
        _buffered += SnapshotFormat.BlockSize(payload.Length);
        _payload += payload.Length;
    }

    private void WriteOut()
    {
        _file.Write(_written, _buffer.AsSpan(0, _buffered));
        _written += _buffered;
        _buffered = 0;
        if (_written - _flushed >= FlushEvery)
        {
            // A little at a time, so that the disk's queue stays short for the log.
            _file.FlushData();
            _flushed = _written;
        }
    }
}

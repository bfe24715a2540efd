using System.Diagnostics;
using System.Security.Cryptography;
using GrainKeeper.Core;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;
using GrainKeeper.Storage.Files;

namespace GrainKeeper.Storage.Log;

/// <summary>
/// The segmented log, for its one writer thread. Readers see through <see cref="Catalog"/> what is durable. Every start and every truncation
/// goes on in a new segment with a new salt, so that what was once behind the cut can never become valid again.
/// </summary>
internal sealed class TransactionLog : IDisposable
{
    private const int BufferSize = 1024 * 1024;
    private const int Growth = 4;

    private readonly IFileSystem _files;
    private readonly StorageOptions _options;
    private readonly Action<int>? _prepareSpare;
    private readonly SpareSegment _spare;
    private readonly int _bufferSize;
    private byte[] _buffer;
    private int _buffered;
    private LogSegment? _active;
    private IStorageFile? _file;
    private int _capacity;
    private long _writeOffset;
    private long _durableOffset;
    private int _unsyncedTxns;
    private bool _marked = true;

    /// <summary>Goes on where recovery found the end.</summary>
    /// <param name="files">The file system.</param>
    /// <param name="options">The directory and limits.</param>
    /// <param name="catalog">The segments found.</param>
    /// <param name="prepareSpare">Prepares a spare segment of the given size in the background; null = none.</param>
    public TransactionLog(IFileSystem files, StorageOptions options, LogCatalog catalog, Action<SpareSegment, int>? prepareSpare)
    {
        _files = files;
        _options = options;
        Catalog = catalog;
        LastAppended = catalog.LastDurable;
        _buffer = new byte[_bufferSize = Math.Min(BufferSize, options.SegmentBytes)];
        _spare = new SpareSegment(files, options.Directory);
        _prepareSpare = prepareSpare is null ? null : size => prepareSpare(_spare, size);
        PrepareSpare(options.FirstSegmentBytes);
    }

    public LogCatalog Catalog { get; }

    public FlushStatistics Statistics { get; } = new();

    /// <summary>The last zxid given to <see cref="Append"/>, durable or not.</summary>
    public Zxid LastAppended { get; private set; }

    /// <summary>Bytes appended since the last <see cref="Sync"/>.</summary>
    public long UnsyncedBytes => _writeOffset + _buffered - _durableOffset;

    /// <summary>Whether durable records are not yet followed by a mark.</summary>
    public bool WantsMark => !_marked && _unsyncedTxns == 0;

    /// <summary>Appends a transaction; durable after <see cref="Sync"/>.</summary>
    public void Append(Txn txn)
    {
        Invariant.That(
            LastAppended.IsDirectlyBefore(txn.Zxid),
            $"transaction {txn.Zxid} cannot follow {LastAppended} in the log: transactions would be missing between them");
        if (txn.Payload.Length > _options.MaxTxnBytes)
        {
            throw new StorageException(
                $"transaction {txn.Zxid} has {txn.Payload.Length} bytes, more than the limit of {_options.MaxTxnBytes}: raise MaxTxnBytes on every server");
        }

        var size = LogFormat.RecordSize(txn.Payload.Length);
        if (_active is null || (_writeOffset + _buffered + size > _capacity && _writeOffset + _buffered > LogFormat.HeaderSize))
        {
            Roll(txn.Zxid);
        }

        Write(txn.Zxid, (uint)txn.Kind, txn.Payload.Span);
        Catalog.Index(_active!, txn.Zxid, _writeOffset + _buffered - size);
        LastAppended = txn.Zxid;
        _unsyncedTxns++;
        _marked = false;
    }

    /// <summary>Makes everything appended durable, and shows it to readers.</summary>
    public void Sync()
    {
        if (_active is null || UnsyncedBytes == 0)
        {
            return;
        }

        var bytes = UnsyncedBytes;
        WriteOut();
        var began = Stopwatch.GetTimestamp();
        _file!.FlushData();
        Statistics.Flushed(Stopwatch.GetElapsedTime(began), _unsyncedTxns, bytes);
        _durableOffset = _writeOffset;
        _unsyncedTxns = 0;
        Catalog.Extend(_active, _durableOffset, LastAppended);
        if (_durableOffset > _capacity / 4)
        {
            PrepareSpare(NextCapacity());
        }
    }

    /// <summary>Appends a mark that all before it is durable, and makes it durable too.</summary>
    public void Mark()
    {
        Sync();
        if (_active is null || _marked)
        {
            return;
        }

        Write(LastAppended, LogFormat.MarkType, []);
        Sync();
        _marked = true;
    }

    /// <summary>Cuts the log after a zxid, durably. Everything appended before is durable already.</summary>
    public void Truncate(Zxid keepUpTo)
    {
        Invariant.That(UnsyncedBytes == 0, $"the log is cut while {UnsyncedBytes} bytes wait for a flush");
        if (keepUpTo >= LastAppended)
        {
            return;
        }

        CloseActive();

        // Newest first, each durably: at every moment what is left is a prefix of the log.
        foreach (var segment in Catalog.SegmentsAfter(keepUpTo))
        {
            Catalog.Remove(segment);
            _files.Delete(segment.Path);
            _files.FlushDirectory(_options.Directory);
        }

        if (Catalog.Newest is { } newest && newest.Last > keepUpTo)
        {
            CutSegment(newest, keepUpTo);
        }

        Invariant.That(Catalog.LastDurable == keepUpTo, $"the log was cut to {keepUpTo} but ends at {Catalog.LastDurable}");
        LastAppended = keepUpTo;
    }

    /// <summary>Drops every segment: the state goes on from an installed snapshot. The caller flushes the directory.</summary>
    public void Reset(Zxid zxid)
    {
        CloseActive();
        foreach (var segment in Catalog.Clear(zxid))
        {
            _files.Delete(segment.Path);
        }

        LastAppended = zxid;
    }

    /// <summary>Stops preparing spare segments. Any thread.</summary>
    public void CloseSpare() => _spare.Dispose();

    public void Dispose()
    {
        _spare.Dispose();
        _file?.Dispose();
        _file = null;
        _active = null;
    }

    private void CutSegment(LogSegment segment, Zxid keepUpTo)
    {
        using var file = _files.OpenWrite(segment.Path);
        var scanner = new RecordScanner(file, segment.Header.Salt, LogFormat.HeaderSize, file.Length, segment.Header.After);
        while (scanner.Last != keepUpTo)
        {
            if (!scanner.MoveNext())
            {
                throw new StorageCorruptException(
                    segment.Path,
                    scanner.NextOffset,
                    $"{scanner.Damage ?? "the records end"} before zxid {keepUpTo}, after which the log is to be cut",
                    StorageCorruptException.TakeFromLeader);
            }
        }

        Catalog.Cut(segment, scanner.NextOffset, keepUpTo);
        file.SetLength(scanner.NextOffset);
        file.Flush();
    }

    private void Write(Zxid zxid, uint type, ReadOnlySpan<byte> payload)
    {
        var size = LogFormat.RecordSize(payload.Length);
        if (_buffered + size > _buffer.Length)
        {
            WriteOut();
            if (size > _buffer.Length)
            {
                _buffer = new byte[size];
            }
        }

        var offset = _writeOffset + _buffered;
        LogFormat.WriteRecord(
            _buffer.AsSpan(_buffered), _active!.Header.Salt, offset, zxid.Value, type, (uint)(offset - _durableOffset), payload);
        _buffered += size;
    }

    private void WriteOut()
    {
        if (_buffered == 0)
        {
            return;
        }

        _file!.Write(_writeOffset, _buffer.AsSpan(0, _buffered));
        _writeOffset += _buffered;
        _buffered = 0;
        if (_buffer.Length > _bufferSize)
        {
            _buffer = new byte[_bufferSize];
        }
    }

    /// <summary>Begins the next segment. The one before is durable first, so that damage in it is never a torn tail.</summary>
    private void Roll(Zxid first)
    {
        var capacity = _active is null ? _options.FirstSegmentBytes : NextCapacity();
        if (_active is not null)
        {
            Sync();
            CloseActive();
        }

        var header = new SegmentHeader(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)), Catalog.NextSequence, LastAppended, first);
        var file = _spare.Take();
        if (file is null)
        {
            file = _files.Create(Path.Combine(_options.Directory, FileNames.NewSegment));
            Statistics.RolledUnprepared();
        }
        else
        {
            capacity = (int)file.Length;
        }

        _file = file;
        Span<byte> bytes = stackalloc byte[LogFormat.HeaderSize];
        header.Write(bytes);
        file.Write(0, bytes);
        file.Flush();

        // The name comes last: a segment that can be seen has a durable header.
        var path = Path.Combine(_options.Directory, FileNames.LogSegment(first));
        _files.Rename(file.Path, path);
        _files.FlushDirectory(_options.Directory);

        // Opened by its new name, which errors from now on will show.
        file.Dispose();
        _file = _files.OpenWrite(path);
        _active = new LogSegment(path, header) { Index = new SparseIndex() };
        Catalog.Add(_active);
        _capacity = capacity;
        _writeOffset = _durableOffset = LogFormat.HeaderSize;
    }

    private void CloseActive()
    {
        _file?.Dispose();
        _file = null;
        _active = null;
        _buffered = 0;
        _writeOffset = _durableOffset = 0;
        _marked = true;
    }

    private int NextCapacity() => (int)Math.Min(_options.SegmentBytes, (long)_capacity * Growth);

    private void PrepareSpare(int size)
    {
        if (_prepareSpare is not null && _spare.TryBegin())
        {
            _prepareSpare(size);
        }
    }
}

using GrainKeeper.Core;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;
using GrainKeeper.Storage.Files;
using GrainKeeper.Storage.Log;
using GrainKeeper.Storage.Snapshots;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace GrainKeeper.Storage;

/// <summary>
/// The durable side of one replica: log, snapshots and epoch files in one locked directory. <see cref="Execute"/> takes the disk effects of the
/// replica's core in order; a writer thread carries them out with group commit and reports the highest durable token. See docs/storage.md.
/// </summary>
public sealed class ReplicaStorage : IAsyncDisposable
{
    private const int ReaderJobs = 1024;
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(30);

    private readonly StorageOptions _options;
    private readonly IFileSystem _files;
    private readonly IStorageListener _listener;
    private readonly ILogger _logger;
    private readonly IDisposable _lock;
    private readonly StorageEngine _engine;
    private readonly LogReader _reader;
    private readonly EffectQueue _queue;
    private readonly SerialWorker _spares;
    private readonly SerialWorker _snapshotWorker;
    private readonly SerialWorker _readWorker;
    private readonly Thread _writer;

    /// <summary>Orders confirmations before the one failure: nothing is confirmed after it.</summary>
    private readonly Lock _reports = new();

    private readonly Lock _snapshotGate = new();
    private OwnSnapshot? _snapshot;

    /// <summary>The last zxid in the queue or the log. Raised only after the transaction is queued: whoever reads it and then counts the queue counts it in.</summary>
    private long _lastQueued;

    private long _reported;
    private Exception? _failure;
    private Task? _closing;

    private ReplicaStorage(
        StorageOptions options, IFileSystem files, RecoveryResult recovered, IStorageListener listener, ILogger logger, IDisposable directoryLock)
    {
        _options = options;
        _files = files;
        _listener = listener;
        _logger = logger;
        _lock = directoryLock;
        Recovered = recovered.History;
        _lastQueued = recovered.History.LastLogged.Value;
        _queue = new EffectQueue(options.MaxQueuedBytes, TimeSpan.FromMilliseconds(options.MaxQueueWait));
        var name = $"{options.Tree}/{options.Server}";
        _spares = new SerialWorker($"log space {name}", capacity: 1);
        _snapshotWorker = new SerialWorker($"snapshot {name}", capacity: 16);
        _readWorker = new SerialWorker($"log reader {name}", ReaderJobs);
        _engine = new StorageEngine(files, options, recovered, PrepareSpare, logger);
        _reader = new LogReader(files, _engine.Log.Catalog, logger);
        _writer = new Thread(Write) { IsBackground = true, Name = $"log writer {name}", Priority = ThreadPriority.AboveNormal };
        _writer.Start();
    }

    /// <summary>What was found on disk.</summary>
    public RecoveredHistory Recovered { get; }

    /// <summary>The counters now. May be read from any thread.</summary>
    public StorageMetrics Metrics
    {
        get
        {
            var flushes = _engine.Log.Statistics;
            var (segments, bytes) = _engine.Log.Catalog.Size;
            return new StorageMetrics(
                flushes.Flushes,
                flushes.Last,
                flushes.Longest,
                flushes.Total,
                flushes.Txns,
                flushes.Bytes,
                _queue.Bytes,
                segments,
                bytes,
                _engine.Snapshots.Count,
                _engine.Snapshots.Written,
                flushes.UnpreparedRolls);
        }
    }

    /// <summary>
    /// Locks the directory (creating it when missing), completes or undoes what a crash interrupted, loads snapshot and log into
    /// <paramref name="state"/>, and starts the writer. Takes as long as the disk needs.
    /// </summary>
    /// <param name="options">Where and how.</param>
    /// <param name="state">An empty state, to be filled.</param>
    /// <param name="listener">Hears of durable tokens and of failure.</param>
    /// <param name="logger">For what an operator should know.</param>
    /// <exception cref="DirectoryInUseException">Another process uses the directory.</exception>
    /// <exception cref="WrongDirectoryException">The directory belongs to another server, tree or ensemble.</exception>
    /// <exception cref="StorageCorruptException">Durable data is damaged or missing.</exception>
    /// <exception cref="StorageException">The disk refuses.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static ReplicaStorage Open(StorageOptions options, IStorageState state, IStorageListener listener, ILogger? logger = null) =>
        Open(options, state, listener, logger, DiskFileSystem.Instance);

    internal static ReplicaStorage Open(
        StorageOptions options, IStorageState state, IStorageListener listener, ILogger? logger, IFileSystem files)
    {
        options.Validate();
        files.CreateDirectory(options.Directory);
        var directoryLock = files.Lock(options.Directory);
        try
        {
            var log = logger ?? NullLogger.Instance;
            return new ReplicaStorage(options, files, Recovery.Run(files, options, state, log), listener, log, directoryLock);
        }
        catch
        {
            directoryLock.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Queues a disk effect: <see cref="ZabEffect.Append"/>, <see cref="ZabEffect.TruncateLog"/>, <see cref="ZabEffect.WriteAcceptedEpoch"/>,
    /// <see cref="ZabEffect.WriteCurrentEpoch"/>, <see cref="ZabEffect.BeginSnapshotInstall"/>, <see cref="ZabEffect.SnapshotInstallChunk"/>,
    /// <see cref="ZabEffect.CommitSnapshotInstall"/> or <see cref="ZabEffect.AbandonSnapshotInstall"/>. Returns at once unless more than
    /// <see cref="StorageOptions.MaxQueuedBytes"/> wait. After a failure, or once closing has begun, effects are dropped: they are never confirmed.
    /// One thread at a time.
    /// </summary>
    /// <exception cref="ArgumentException">The effect is none of these.</exception>
    public void Execute(ZabEffect effect)
    {
        var last = Volatile.Read(ref _lastQueued);
        switch (effect)
        {
            case ZabEffect.Append append:
                last = append.Txns[^1].Zxid.Value;
                break;
            case ZabEffect.TruncateLog truncate:
                // At once, not when its turn comes: a snapshot that completes meanwhile may hold traces of what is cut.
                AbandonSnapshot();
                last = Math.Min(last, truncate.KeepUpTo.Value);
                break;
            case ZabEffect.CommitSnapshotInstall install:
                AbandonSnapshot();
                last = install.Zxid.Value;
                break;
            case ZabEffect.WriteAcceptedEpoch or ZabEffect.WriteCurrentEpoch or ZabEffect.BeginSnapshotInstall
                or ZabEffect.SnapshotInstallChunk or ZabEffect.AbandonSnapshotInstall:
                break;
            default:
                throw new ArgumentException($"{effect.GetType().Name} is no disk effect", nameof(effect));
        }

        if (!_queue.Add(effect))
        {
            Fail(new StorageException(
                $"the disk of {_options.Directory} has made no progress for {_options.MaxQueueWait} ms with {_queue.Bytes} bytes waiting: " +
                "check the disk, then start the server again. Nothing acknowledged is lost"));
        }

        Volatile.Write(ref _lastQueued, last);
    }

    /// <summary>
    /// Reads durable transactions, off the caller's thread. Answers <see cref="ZabEffect.ReadLog"/>.
    /// </summary>
    /// <param name="after">Those with a greater zxid …</param>
    /// <param name="upTo">… up to this one.</param>
    /// <param name="maxBytes">Stops after about so many payload bytes, but gives at least one transaction when there is one.</param>
    /// <returns>
    /// The transactions, contiguous; empty when none is durable yet; null when the log does not go back so far (any more), is damaged there, or too
    /// many reads wait: the learner needs a snapshot.
    /// </returns>
    public Task<IReadOnlyList<Txn>?> ReadLogAsync(Zxid after, Zxid upTo, int maxBytes)
    {
        var result = new TaskCompletionSource<IReadOnlyList<Txn>?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var posted = _readWorker.TryPost(() =>
        {
            try
            {
                result.SetResult(_reader.Read(after, upTo, maxBytes));
            }
            catch (Exception e)
            {
                result.SetException(e);
            }
        });
        return posted ? result.Task : Task.FromResult<IReadOnlyList<Txn>?>(null);
    }

    /// <summary>Keeps the log after a zxid from being purged until disposed: for a laggard that will read it in several parts.</summary>
    /// <returns>Null when the log does not go back so far (any more).</returns>
    public IDisposable? HoldLog(Zxid after) => LogHold.Take(_engine.Log.Catalog, after);

    /// <summary>Begins a snapshot; one that is under way is abandoned.</summary>
    /// <param name="zxid">The last transaction that is surely in it.</param>
    public SnapshotWriter BeginSnapshot(Zxid zxid)
    {
        var last = new Zxid(Volatile.Read(ref _lastQueued));
        Invariant.That(zxid <= last, $"a snapshot of zxid {zxid} is ahead of the log, which ends at {last}");
        var snapshot = new OwnSnapshot(_files, _engine.Snapshots, _options.Directory, zxid);
        lock (_snapshotGate)
        {
            if (_snapshot is { } previous)
            {
                previous.Abandon();
                _ = RunForSnapshot(previous, () => false);
            }

            _snapshot = snapshot;
        }

        return new SnapshotWriter(this, snapshot);
    }

    /// <summary>Carries out what is queued, marks the log as cleanly closed, and releases the directory. Waits at most half a minute for a hanging disk.</summary>
    public ValueTask DisposeAsync()
    {
        // Here, not on the thread that closes: what is queued after this call is dropped, however late that thread starts.
        _queue.Close(drop: false);
        lock (_reports)
        {
            _closing ??= Task.Factory.StartNew(Close, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }

        return new ValueTask(_closing);
    }

    /// <summary>Runs a step of a snapshot on its thread; a snapshot that was abandoned is cleaned up instead.</summary>
    internal Task<bool> RunForSnapshot(OwnSnapshot snapshot, Func<bool> step)
    {
        var result = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var posted = _snapshotWorker.TryPost(() =>
        {
            try
            {
                if (Volatile.Read(ref _failure) is null && !snapshot.IsAbandoned && step())
                {
                    result.SetResult(true);
                    return;
                }

                snapshot.Dispose();
            }
            catch (DiskFullException e) when (!snapshot.IsPublishing)
            {
                GiveUp(snapshot, e);
            }
            catch (Exception e)
            {
                snapshot.Abandon();
                Fail(e);
            }

            result.SetResult(false);
        });
        return posted ? result.Task : Task.FromResult(false);
    }

    internal Task<bool> CompleteSnapshot(OwnSnapshot snapshot)
    {
        // In this order: all up to the end is then among those counted.
        var end = new Zxid(Volatile.Read(ref _lastQueued));
        var executed = _queue.Added;
        return RunForSnapshot(snapshot, () => _queue.WaitUntilDone(executed) && snapshot.Complete(end));
    }

    /// <summary>Without a snapshot the log only grows longer: no reason to end the server while the log itself still has room.</summary>
    private void GiveUp(OwnSnapshot snapshot, DiskFullException cause)
    {
        _logger.LogError(
            cause,
            "The disk of {Directory} has no room for a snapshot: it is given up, and the next one that is due tries again. Free space soon: without snapshots the log is never purged, and when the log has no room this server ends",
            _options.Directory);
        snapshot.Abandon();
        try
        {
            snapshot.Dispose();
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private void AbandonSnapshot()
    {
        lock (_snapshotGate)
        {
            _snapshot?.Abandon();
        }
    }

    private void PrepareSpare(SpareSegment spare, int size) => _spares.TryPost(() =>
    {
        try
        {
            spare.Prepare(size);
        }
        catch (DiskFullException e)
        {
            _logger.LogError(
                e,
                "The disk of {Directory} has no room to prepare log space ahead: until the next start the log grows as it is written, which is slower. Free space soon",
                _options.Directory);
        }
        catch (Exception e)
        {
            Fail(e);
        }
    });

    private void Write()
    {
        try
        {
            var idle = _options.IdleMarkAfter == 0 ? (TimeSpan?)null : TimeSpan.FromMilliseconds(_options.IdleMarkAfter);
            while (_queue.Take(_engine.Log.WantsMark ? idle : null) is { } effects)
            {
                if (Volatile.Read(ref _failure) is not null)
                {
                    return;
                }

                if (effects.Count == 0)
                {
                    _engine.Log.Mark();
                    continue;
                }

                foreach (var effect in effects)
                {
                    _engine.Carry(effect);
                    Report(_engine.DurableToken);
                }

                _engine.Sync();
                _queue.Done();
                Report(_engine.DurableToken);
            }

            if (Volatile.Read(ref _failure) is null)
            {
                _engine.Log.Mark();
            }
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private void Report(long token)
    {
        if (token <= _reported)
        {
            return;
        }

        lock (_reports)
        {
            if (_failure is null)
            {
                _reported = token;
                _listener.Persisted(token);
            }
        }
    }

    private void Fail(Exception cause)
    {
        var error = cause as StorageException
            ?? new StorageException($"storage in {_options.Directory} failed: {cause.Message}", cause);
        lock (_reports)
        {
            if (_failure is not null)
            {
                return;
            }

            Volatile.Write(ref _failure, error);
        }

        _logger.LogCritical(error, "Storage failed; this server takes and confirms nothing any more");
        _queue.Close(drop: true);
        AbandonSnapshot();
        _listener.Failed(error);
    }

    private void Close()
    {
        AbandonSnapshot();
        var stopped = _writer.Join(CloseLimit);
        OwnSnapshot? snapshot;
        lock (_snapshotGate)
        {
            snapshot = _snapshot;
        }

        if (snapshot is not null)
        {
            _ = RunForSnapshot(snapshot, () => false);
        }

        _engine.Log.CloseSpare();
        stopped &= _snapshotWorker.Close(CloseLimit) & _spares.Close(CloseLimit) & _readWorker.Close(CloseLimit);
        if (!stopped)
        {
            // The directory stays locked: a write under way must not meet a new owner.
            _logger.LogCritical("The disk of {Directory} hangs; its lock is released only when the process ends", _options.Directory);
            return;
        }

        _engine.Dispose();
        if (_failure is null)
        {
            try
            {
                _files.Delete(Path.Combine(_options.Directory, FileNames.SpareSegment));
            }
            catch (Exception e) when (e is IOException or StorageException)
            {
                // Everything confirmed is durable already; the next start removes what is left over.
            }
        }

        _lock.Dispose();
    }
}

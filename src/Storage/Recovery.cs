using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;
using GrainKeeper.Storage.Files;
using GrainKeeper.Storage.Log;
using GrainKeeper.Storage.Snapshots;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Storage;

/// <summary>
/// Brings a directory into order after a crash or a clean stop, and fills the state from it. Everything it reports is durable: what a killed
/// process had written but not flushed is flushed first. It may itself be interrupted anywhere and done again.
/// </summary>
internal sealed class Recovery
{
    private readonly IFileSystem _files;
    private readonly StorageOptions _options;
    private readonly IStorageState _state;
    private readonly ILogger _logger;
    private readonly LogRecovery _log;
    private readonly Queue<Txn> _recent = new();
    private readonly List<StorageCorruptException> _damaged = [];
    private long _recentBytes;

    private Recovery(IFileSystem files, StorageOptions options, IStorageState state, ILogger logger)
    {
        _files = files;
        _options = options;
        _state = state;
        _logger = logger;
        _log = new LogRecovery(files, options.Directory, logger);
    }

    public static RecoveryResult Run(IFileSystem files, StorageOptions options, IStorageState state, ILogger logger) =>
        new Recovery(files, options, state, logger).Run();

    private RecoveryResult Run()
    {
        var directory = _options.Directory;
        RemoveTemporaryFiles();

        // A name that a killed process gave may not be durable yet; nobody may act on it before it is.
        _files.FlushDirectory(directory);
        if (!ServerIdentity.Check(_files, _options))
        {
            Initialize();
        }

        var accepted = EpochFile.Read(_files, directory, FileNames.AcceptedEpoch);
        var current = EpochFile.Read(_files, directory, FileNames.CurrentEpoch);
        if (SnapshotInstall.FinishInterrupted(_files, directory))
        {
            _logger.LogInformation("Finished the install of the leader's snapshot that a crash had interrupted");
        }

        _log.Open();
        var snapshots = FindSnapshots();
        var start = LoadState(snapshots);
        var last = _log.Last ?? start;
        CheckEpochs(accepted, current, last);
        _log.Replay(start, Replay);
        SetAsideDamaged();
        var catalog = new LogCatalog(_log.Segments, start);
        _logger.LogInformation(
            "Recovered {Directory}: snapshot {Snapshot}, log after {Oldest} up to {Last}, accepted epoch {Accepted}, current epoch {Current}",
            directory,
            start,
            catalog.Oldest,
            last,
            accepted,
            current);
        return new RecoveryResult(
            new RecoveredHistory(accepted, current, last, catalog.Oldest, [.. _recent]), catalog, snapshots);
    }

    private void RemoveTemporaryFiles()
    {
        foreach (var name in _files.List(_options.Directory))
        {
            if (name.EndsWith(FileNames.TemporarySuffix, StringComparison.Ordinal))
            {
                _files.Delete(Path.Combine(_options.Directory, name));
            }
        }
    }

    /// <summary>A new directory: epoch files first, the stamp last, so that a stamped directory without them is damaged for sure.</summary>
    private void Initialize()
    {
        var directory = _options.Directory;
        var data = _files.List(directory).FirstOrDefault(n => n != FileNames.Lock && !IsInitialEpochFile(n));
        if (data is not null)
        {
            throw new WrongDirectoryException(
                $"data directory {directory} holds {data} but no identity file '{FileNames.Identity}': it is not known whose data this is. " +
                "Give the server an empty directory, or bring the identity file back");
        }

        EpochFile.Write(_files, directory, FileNames.AcceptedEpoch, Epoch.None);
        EpochFile.Write(_files, directory, FileNames.CurrentEpoch, Epoch.None);
        ServerIdentity.Write(_files, _options);
        _logger.LogInformation("Prepared the new data directory {Directory}", directory);
    }

    private bool IsInitialEpochFile(string name) =>
        name is FileNames.AcceptedEpoch or FileNames.CurrentEpoch && EpochFile.Read(_files, _options.Directory, name) == Epoch.None;

    private List<SnapshotInfo> FindSnapshots()
    {
        var found = new List<SnapshotInfo>();
        foreach (var name in _files.List(_options.Directory))
        {
            if (!FileNames.TryParseSnapshot(name, out var zxid))
            {
                continue;
            }

            var path = Path.Combine(_options.Directory, name);
            try
            {
                var info = SnapshotFileReader.ReadInfo(_files, path);
                found.Add(info.Zxid == zxid ? info : throw Corrupt(path, $"it is a snapshot of zxid {info.Zxid}, not of the one in its name"));
            }
            catch (StorageCorruptException e)
            {
                _logger.LogCritical(e, "A snapshot is damaged");
                found.Add(new SnapshotInfo(path, zxid, End: null));
            }
        }

        return found;
    }

    /// <summary>Loads the newest sound snapshot that the log covers.</summary>
    /// <param name="snapshots">Those found, in order; damaged ones are taken out.</param>
    /// <returns>Its zxid; zero when the state begins empty.</returns>
    private Zxid LoadState(List<SnapshotInfo> snapshots)
    {
        while (snapshots.Count > 0)
        {
            var newest = snapshots[^1];
            CheckLogReaches(newest);
            CheckLogCovers(newest.Zxid);
            if (TryLoad(newest) is not { } damage)
            {
                return newest.Zxid;
            }

            _damaged.Add(damage);
            snapshots.RemoveAt(snapshots.Count - 1);
            if (_log.Last is not { } last || last < newest.Zxid || (snapshots.Count == 0 && _log.Segments[0].Header.After != Zxid.Zero))
            {
                throw damage;
            }

            _logger.LogCritical(
                damage,
                "Snapshot {File} is damaged: starting from {Fallback} instead. Check the disk",
                newest.Path,
                snapshots.Count > 0 ? snapshots[^1].Path : "an empty state, with the whole log");
        }

        CheckLogCovers(Zxid.Zero);
        return Zxid.Zero;
    }

    /// <summary>A snapshot gets its name only when the log is durable up to its end: a shorter log has lost something.</summary>
    private void CheckLogReaches(SnapshotInfo snapshot)
    {
        if (snapshot.End is not { } end || (_log.Last ?? snapshot.Zxid) >= end)
        {
            return;
        }

        throw _log.Segments.Count == 0
            ? Corrupt(snapshot.Path, $"the log is missing: it was durable up to zxid {end} when this snapshot was written")
            : Corrupt(
                _log.Segments[^1].Path,
                $"the log ends at zxid {_log.Last}, but it was durable up to {end} when snapshot {Path.GetFileName(snapshot.Path)} was written");
    }

    private void CheckLogCovers(Zxid zxid)
    {
        if (_log.Segments.Count > 0 && _log.Segments[0].Header.After > zxid)
        {
            throw Corrupt(
                _log.Segments[0].Path,
                $"the log begins after zxid {_log.Segments[0].Header.After}, but the newest sound snapshot ends at {zxid}" +
                (_damaged.Count > 0 ? $"; {_damaged[0].Message}" : string.Empty));
        }
    }

    private void CheckEpochs(Epoch accepted, Epoch current, Zxid last)
    {
        var path = Path.Combine(_options.Directory, FileNames.AcceptedEpoch);
        if (last.Epoch > accepted)
        {
            throw Corrupt(path, $"the log ends at zxid {last} of epoch {last.Epoch}, but only epoch {accepted} was ever accepted");
        }

        if (current > accepted)
        {
            throw Corrupt(path, $"the current epoch is {current}, but only epoch {accepted} was ever accepted");
        }
    }

    private StorageCorruptException? TryLoad(SnapshotInfo snapshot)
    {
        try
        {
            using var reader = SnapshotFileReader.Open(_files, snapshot.Path);
            var writer = _state.BeginRestore();
            writer.Expect(reader.Length);
            var offset = reader.Offset;
            try
            {
                while (reader.TryReadSlice(out var slice))
                {
                    writer.Write(slice);
                    offset = reader.Offset;
                }

                if (reader.Zxid != snapshot.Zxid)
                {
                    return Corrupt(snapshot.Path, $"it is a snapshot of zxid {reader.Zxid}, not of the one in its name");
                }

                writer.Complete(snapshot.Zxid);
                return null;
            }
            catch (FormatException e)
            {
                return new StorageCorruptException(
                    snapshot.Path, offset, $"the state refuses a slice: {e.Message}", StorageCorruptException.TakeFromLeader);
            }
        }
        catch (StorageCorruptException e)
        {
            return e;
        }
    }

    /// <summary>Damaged snapshots keep out of the way of retention until the next purge, for whoever wants to look at them.</summary>
    private void SetAsideDamaged()
    {
        foreach (var damaged in _damaged)
        {
            _files.Rename(damaged.File, damaged.File + FileNames.DamagedSuffix);
        }

        if (_damaged.Count > 0)
        {
            _files.FlushDirectory(_options.Directory);
        }
    }

    private void Replay(Txn txn)
    {
        _state.Replay(txn);
        _recent.Enqueue(txn);
        _recentBytes += txn.Payload.Length;
        while (_recent.Count > _options.RecentTxns || _recentBytes > _options.RecentBytes)
        {
            _recentBytes -= _recent.Dequeue().Payload.Length;
        }
    }

    private static StorageCorruptException Corrupt(string path, string what) =>
        new(path, 0, what, StorageCorruptException.TakeFromLeader);
}

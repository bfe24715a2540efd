using GrainKeeper.Core.Quorum;
using GrainKeeper.Storage.Files;
using GrainKeeper.Storage.Log;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Storage.Snapshots;

/// <summary>
/// The snapshots of a replica. Its lock orders what the snapshot thread does to the directory (publish, purge) with what the writer thread does
/// (truncation, install); appending to the log takes no part in it.
/// </summary>
internal sealed class SnapshotStore(
    IFileSystem files, StorageOptions options, LogCatalog catalog, IEnumerable<SnapshotInfo> found, ILogger logger)
{
    private readonly List<SnapshotInfo> _snapshots = [.. found.OrderBy(s => s.Zxid)];
    private int _count = found.Count();
    private long _written;

    /// <summary>Held while snapshots or old segments come and go.</summary>
    public Lock Gate { get; } = new();

    public int Count => Volatile.Read(ref _count);

    public long Written => Volatile.Read(ref _written);

    /// <summary>Gives a finished temporary file its name, durably. Called with <see cref="Gate"/> held.</summary>
    public void Publish(string temporary, Zxid zxid, Zxid end)
    {
        var path = Path.Combine(options.Directory, FileNames.Snapshot(zxid));
        files.Rename(temporary, path);
        files.FlushDirectory(options.Directory);
        _snapshots.RemoveAll(s => s.Zxid == zxid);
        _snapshots.Add(new SnapshotInfo(path, zxid, end));
        _snapshots.Sort((a, b) => a.Zxid.CompareTo(b.Zxid));
        Volatile.Write(ref _written, _written + 1);
        Counted();
    }

    /// <summary>
    /// Prepares a truncation: removes, durably, the snapshots that may hold traces of what is to be cut. Called with <see cref="Gate"/> held.
    /// </summary>
    /// <exception cref="StorageException">No state would be left from which the log can be replayed; nothing was changed.</exception>
    public void RemoveTracesAfter(Zxid keepUpTo)
    {
        var oldest = catalog.Oldest;
        if (oldest > keepUpTo)
        {
            throw Unusable($"cannot cut the log after zxid {keepUpTo}: it begins only after {oldest}");
        }

        if (oldest != Zxid.Zero && !_snapshots.Any(s => s.Zxid >= oldest && s.End <= keepUpTo))
        {
            throw Unusable($"cannot cut the log after zxid {keepUpTo}: every snapshot may hold traces of later transactions");
        }

        var tainted = _snapshots.Where(s => s.End is not { } end || end > keepUpTo).ToArray();
        foreach (var snapshot in tainted)
        {
            files.Delete(snapshot.Path);
            _snapshots.Remove(snapshot);
        }

        if (tainted.Length > 0)
        {
            files.FlushDirectory(options.Directory);
            Counted();
        }
    }

    /// <summary>Removes all. The caller flushes the directory. Called with <see cref="Gate"/> held.</summary>
    public void RemoveAll()
    {
        foreach (var snapshot in _snapshots)
        {
            files.Delete(snapshot.Path);
        }

        _snapshots.Clear();
        Counted();
    }

    /// <summary>
    /// Sets aside the snapshots beyond those to retain, then the segments that only they needed: oldest first, each durably, so that a crash never
    /// leaves a hole. Called with <see cref="Gate"/> held.
    /// </summary>
    /// <returns>The files to erase, which takes its time, after <see cref="Gate"/> is released.</returns>
    public IReadOnlyList<string> Purge()
    {
        var aside = new List<string>();
        foreach (var name in files.List(options.Directory).Where(n => n.EndsWith(FileNames.DamagedSuffix, StringComparison.Ordinal)))
        {
            aside.Add(files.SetAside(Path.Combine(options.Directory, name)));
        }

        while (_snapshots.Count > options.SnapshotsToRetain)
        {
            aside.Add(files.SetAside(_snapshots[0].Path));
            _snapshots.RemoveAt(0);
        }

        if (aside.Count > 0)
        {
            files.FlushDirectory(options.Directory);
            Counted();
        }

        var snapshots = aside.Count;
        if (_snapshots.Count >= options.SnapshotsToRetain)
        {
            while (catalog.RemoveOldest(_snapshots[0].Zxid) is { } segment)
            {
                aside.Add(files.SetAside(segment.Path));
                files.FlushDirectory(options.Directory);
            }
        }

        if (aside.Count > 0)
        {
            logger.LogInformation(
                "Purged {Snapshots} snapshots and {Segments} log segments; {Kept} snapshots remain", snapshots, aside.Count - snapshots, _snapshots.Count);
        }

        return aside;
    }

    private void Counted() => Volatile.Write(ref _count, _snapshots.Count);

    private StorageException Unusable(string problem) => new(
        $"{problem}. Move {options.Directory} away and start the server: it takes a copy from the leader");
}

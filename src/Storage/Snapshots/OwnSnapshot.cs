using GrainKeeper.Core.Quorum;
using GrainKeeper.Storage.Files;

namespace GrainKeeper.Storage.Snapshots;

/// <summary>A snapshot of the own state on its way to the disk. All but <see cref="Abandon"/> belongs to the snapshot thread.</summary>
internal sealed class OwnSnapshot(IFileSystem files, SnapshotStore store, string directory, Zxid zxid) : IDisposable
{
    private readonly string _path = Path.Combine(directory, FileNames.NewSnapshot);
    private SnapshotFileWriter? _writer;
    private volatile bool _abandoned;

    public Zxid Zxid => zxid;

    public bool IsAbandoned => _abandoned;

    /// <summary>Whether it has its name: an error from then on leaves open what a start would find.</summary>
    public bool IsPublishing { get; private set; }

    /// <summary>From now on nothing of it becomes visible, unless it is already. Any thread; the file itself goes with <see cref="Dispose"/>.</summary>
    public void Abandon() => _abandoned = true;

    /// <returns>False when it was abandoned.</returns>
    public bool Append(ReadOnlySpan<byte> slice)
    {
        if (_abandoned)
        {
            return false;
        }

        _writer ??= new SnapshotFileWriter(files, _path, zxid);
        _writer.Append(slice);
        return true;
    }

    /// <summary>Makes it durable and visible, then purges. Everything up to <paramref name="end"/> is durable in the log.</summary>
    /// <param name="end">The last zxid that may have left traces in it.</param>
    /// <returns>False when it was abandoned.</returns>
    public bool Complete(Zxid end)
    {
        if (_abandoned)
        {
            return false;
        }

        _writer ??= new SnapshotFileWriter(files, _path, zxid);
        _writer.Finish(end);
        _writer.Dispose();
        _writer = null;
        IReadOnlyList<string> purged;
        lock (store.Gate)
        {
            // A truncation or an install is queued first and flagged here before it begins: whichever takes the lock first, no snapshot with
            // traces of what was cut survives.
            if (_abandoned)
            {
                files.Delete(_path);
                return false;
            }

            IsPublishing = true;
            store.Publish(_path, zxid, end);
            purged = store.Purge();
        }

        foreach (var path in purged)
        {
            files.Erase(path);
        }

        return true;
    }

    public void Dispose()
    {
        if (_writer is not null)
        {
            _writer.Dispose();
            _writer = null;
            files.Delete(_path);
        }
    }
}

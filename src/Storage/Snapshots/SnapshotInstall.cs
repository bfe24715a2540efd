using GrainKeeper.Storage.Files;

namespace GrainKeeper.Storage.Snapshots;

/// <summary>
/// Replaces snapshots and the whole log by the leader's snapshot, atomically. The rename of the complete, durable file to <c>install</c> is
/// the decision: before it a crash leaves the old state; from then on every start finishes the rest, which may be done again at will:
/// remove the old files, then give the snapshot its lasting name.
/// </summary>
internal static class SnapshotInstall
{
    public static void Decide(IFileSystem files, string directory)
    {
        files.Rename(Path.Combine(directory, FileNames.InstallTemporary), Path.Combine(directory, FileNames.Install));
        files.FlushDirectory(directory);
    }

    /// <summary>Removes every segment and snapshot that is there by name. The caller flushes the directory.</summary>
    public static void RemoveLeftovers(IFileSystem files, string directory)
    {
        foreach (var name in files.List(directory))
        {
            if (FileNames.TryParseLogSegment(name, out _)
                || FileNames.TryParseSnapshot(name, out _)
                || name.EndsWith(FileNames.DamagedSuffix, StringComparison.Ordinal))
            {
                files.Delete(Path.Combine(directory, name));
            }
        }
    }

    /// <summary>At a start: finishes an install that was decided.</summary>
    /// <exception cref="StorageCorruptException">Its file is damaged.</exception>
    public static bool FinishInterrupted(IFileSystem files, string directory)
    {
        var path = Path.Combine(directory, FileNames.Install);
        if (!files.FileExists(path))
        {
            return false;
        }

        // Only what is sound may replace the old files.
        using (var reader = SnapshotFileReader.Open(files, path))
        {
            while (reader.TryReadSlice(out _))
            {
            }
        }

        var zxid = SnapshotFileReader.ReadInfo(files, path).Zxid;
        RemoveLeftovers(files, directory);
        files.FlushDirectory(directory);
        files.Rename(path, Path.Combine(directory, FileNames.Snapshot(zxid)));
        files.FlushDirectory(directory);
        return true;
    }
}

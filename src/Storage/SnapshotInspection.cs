using GrainKeeper.Core.Quorum;
using GrainKeeper.Storage.Files;
using GrainKeeper.Storage.Snapshots;

namespace GrainKeeper.Storage;

/// <summary>A snapshot as it lies on the disk.</summary>
/// <param name="File">Its path.</param>
/// <param name="Zxid">The transaction after which the log is replayed.</param>
/// <param name="End">The last transaction that may have left traces in it; as <paramref name="Zxid"/> when it is damaged.</param>
/// <param name="Length">Of the file, in bytes.</param>
/// <param name="Problem">What is damaged; null when every checksum is right and nothing is missing.</param>
public sealed record SnapshotInspection(string File, Zxid Zxid, Zxid End, long Length, string? Problem)
{
    /// <summary>Reads every snapshot of a directory and checks its checksums. Reads only; may run beside a server.</summary>
    /// <param name="directory">A replica's directory.</param>
    /// <returns>The snapshots, the oldest first.</returns>
    /// <exception cref="StorageException">The directory cannot be read.</exception>
    public static IReadOnlyList<SnapshotInspection> ReadAll(string directory) => ReadAll(directory, DiskFileSystem.Instance);

    internal static IReadOnlyList<SnapshotInspection> ReadAll(string directory, IFileSystem files)
    {
        var found = new List<SnapshotInspection>();
        foreach (var name in files.List(directory))
        {
            if (FileNames.TryParseSnapshot(name, out var zxid))
            {
                found.Add(Read(Path.Combine(directory, name), zxid, files));
            }
        }

        return found;
    }

    private static SnapshotInspection Read(string path, Zxid named, IFileSystem files)
    {
        using var file = files.OpenRead(path);
        var length = file.Length;
        try
        {
            using var reader = SnapshotFileReader.Open(files, path);
            while (reader.TryReadSlice(out _))
            {
                // Each is checked as it is read.
            }

            return new SnapshotInspection(path, reader.Zxid, reader.End, length, reader.Zxid == named ? null : $"the file is named after zxid {named}, and holds {reader.Zxid}");
        }
        catch (StorageCorruptException e)
        {
            return new SnapshotInspection(path, named, named, length, $"offset {e.Offset}: {e.What}");
        }
    }
}

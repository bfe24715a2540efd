namespace GrainKeeper.Storage;

/// <summary>Another process (or another replica of this one) uses the data directory.</summary>
/// <param name="directory">The directory.</param>
/// <param name="holder">The other process's id as it wrote it into the lock file, or null when it cannot be read.</param>
public sealed class DirectoryInUseException(string directory, int? holder)
    : StorageException(
        $"data directory {directory} is in use by {(holder is { } pid ? $"process {pid}" : "another process")}. " +
        "Two servers must never share one: stop that process, or give this server its own dataDir")
{
    /// <summary>The directory.</summary>
    public string Directory { get; } = directory;

    /// <summary>The holder's process id, or null when not known.</summary>
    public int? Holder { get; } = holder;
}

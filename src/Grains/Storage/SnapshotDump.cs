namespace GrainKeeper.Grains.Storage;

/// <summary>Prints a replica's snapshots, one slice a line.</summary>
public static class SnapshotDump
{
    /// <summary>
    /// Prints every snapshot of the directory, or the one given, and where it is damaged. Reads only; may run beside a server.
    /// </summary>
    /// <param name="output">Where to.</param>
    /// <param name="path">A replica's directory or a snapshot's file.</param>
    /// <returns>How many places are damaged.</returns>
    /// <exception cref="StorageException">The file or directory cannot be read.</exception>
    public static int Write(TextWriter output, string path) => throw new NotImplementedException(output + path);
}

namespace GrainKeeper.Grains.Storage;

/// <summary>Prints a replica's log, one record a line.</summary>
public static class LogDump
{
    /// <summary>
    /// Prints every segment and record of the directory in order, and where it is damaged. Reads only; may run beside a server.
    /// </summary>
    /// <param name="output">Where to.</param>
    /// <param name="directory">A replica's directory.</param>
    /// <returns>How many places are damaged; a torn tail of the last segment is reported but not counted.</returns>
    /// <exception cref="StorageException">The directory cannot be read.</exception>
    public static int Write(TextWriter output, string directory) => throw new NotImplementedException(output + directory);
}

using System.Globalization;

namespace GrainKeeper.Grains.Replicas;

/// <summary>
/// Numbers a replica's starts, growing also over a lost disk (the clock) and over a clock that was set back (the file). Peers tell messages of an earlier
/// start by it, and channel numbers are made from it.
/// </summary>
internal static class IncarnationFile
{
    /// <summary>The file's name within the replica's directory.</summary>
    public const string Name = "incarnation";

    /// <summary>Gives the next number and keeps it. Call it while the directory is locked.</summary>
    /// <param name="directory">The replica's directory.</param>
    /// <param name="unixMilliseconds">The time.</param>
    public static long Next(string directory, long unixMilliseconds)
    {
        var path = Path.Combine(directory, Name);
        var last = 0L;
        if (File.Exists(path) && !long.TryParse(File.ReadAllText(path), NumberStyles.None, CultureInfo.InvariantCulture, out last))
        {
            // Written whole or not at all, so this is damage; the clock alone is as good unless it was set back.
            last = 0;
        }

        var next = Math.Max(last + 1, unixMilliseconds);
        var temporary = path + ".tmp";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes(next.ToString(CultureInfo.InvariantCulture)));
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        return next;
    }
}

using System.Globalization;
using GrainKeeper.Storage.Files;

namespace GrainKeeper.Storage;

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
    public static int Write(TextWriter output, string directory) => Write(output, directory, DiskFileSystem.Instance);

    internal static int Write(TextWriter output, string directory, IFileSystem files)
    {
        var (damaged, any) = (0, false);
        LogInspection.Read(directory, files, summarize: true, item =>
        {
            any = true;
            damaged += item is LogItem.Damage ? 1 : 0;
            output.WriteLine(Describe(item));
        });
        if (!any)
        {
            output.WriteLine($"no log segments in {directory}");
        }

        return damaged;
    }

    private static string Describe(LogItem item) => item switch
    {
        LogItem.Segment s => Text($"segment {s.File}: number {s.Sequence}, after zxid {s.Previous}, first zxid {s.First}, {s.Length} bytes"),
        LogItem.Entry e => Text($"offset {e.Offset} zxid {e.Zxid} {e.Kind} {e.Length} bytes {e.Summary?.Text}"),
        LogItem.Mark m => Text($"offset {m.Offset} mark: everything before it was durable"),
        LogItem.End e => Text($"end of records at offset {e.Offset}"),
        LogItem.Torn t => Text($"TORN {t.File} at offset {t.Offset}: {t.What}; never confirmed, the next start cuts it off"),
        LogItem.Damage d => Text($"DAMAGED {d.File} at offset {d.Offset}: {d.What}"),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

using System.Text;
using GrainKeeper.Storage.Files;

namespace GrainKeeper.Storage;

/// <summary>Files of a line or two that are always replaced as a whole: written beside, flushed, renamed, and the directory flushed.</summary>
internal static class SmallFile
{
    private const int MaxLength = 4096;

    public static string Read(IFileSystem files, string path)
    {
        using var file = files.OpenRead(path);
        var bytes = new byte[MaxLength];
        return Encoding.UTF8.GetString(bytes.AsSpan(0, file.Read(0, bytes)));
    }

    public static void Replace(IFileSystem files, string directory, string name, string content)
    {
        var path = Path.Combine(directory, name);
        var temporary = path + FileNames.TemporarySuffix;
        using (var file = files.Create(temporary))
        {
            file.Write(0, Encoding.UTF8.GetBytes(content));
            file.Flush();
        }

        files.Rename(temporary, path);
        files.FlushDirectory(directory);
    }
}

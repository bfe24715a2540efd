using System.Globalization;
using System.Text;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Storage.Files;

namespace GrainKeeper.Storage;

/// <summary>A small file with one epoch and a checksum, one line of text, replaced atomically.</summary>
internal static class EpochFile
{
    private const string Magic = "GKEPOCH1";

    /// <summary>Reads it.</summary>
    /// <exception cref="StorageCorruptException">It is missing or damaged.</exception>
    public static Epoch Read(IFileSystem files, string directory, string name)
    {
        var path = Path.Combine(directory, name);
        if (!files.FileExists(path))
        {
            throw new StorageCorruptException(path, 0, "the file is missing", StorageCorruptException.TakeFromLeader);
        }

        var text = SmallFile.Read(files, path);
        var parts = text.TrimEnd('\n').Split(' ');
        if (parts.Length != 4
            || parts[0] != Magic
            || parts[1] != name
            || !int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            || text != Format(name, new Epoch(value)))
        {
            throw new StorageCorruptException(
                path, 0, "the content is no epoch with its checksum", StorageCorruptException.TakeFromLeader);
        }

        return new Epoch(value);
    }

    /// <summary>Replaces it, durably.</summary>
    public static void Write(IFileSystem files, string directory, string name, Epoch epoch) =>
        SmallFile.Replace(files, directory, name, Format(name, epoch));

    private static string Format(string name, Epoch epoch)
    {
        var line = $"{Magic} {name} {epoch}";
        return string.Create(CultureInfo.InvariantCulture, $"{line} {Crc32C.Of(Encoding.ASCII.GetBytes(line)):x8}\n");
    }
}

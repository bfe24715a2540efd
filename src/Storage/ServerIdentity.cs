using System.Globalization;
using System.Text;
using GrainKeeper.Storage.Files;

namespace GrainKeeper.Storage;

/// <summary>
/// Whose data a directory holds. A directory given to another server by mistake would make one server vote with another's history, so it is refused.
/// </summary>
internal static class ServerIdentity
{
    private const string Magic = "GKSERVER1";

    /// <summary>Compares the directory's stamp with the options; false when there is none yet.</summary>
    /// <exception cref="WrongDirectoryException">It is another's, or the stamp is damaged.</exception>
    public static bool Check(IFileSystem files, StorageOptions options)
    {
        var path = Path.Combine(options.Directory, FileNames.Identity);
        if (!files.FileExists(path))
        {
            return false;
        }

        var found = SmallFile.Read(files, path);
        if (found == Format(options))
        {
            return true;
        }

        var lines = found.Split('\n');
        var intact = lines.Length == 6 && lines[0] == Magic && found == WithChecksum(string.Join('\n', lines[..4]) + "\n");
        throw new WrongDirectoryException(
            intact
                ? $"data directory {options.Directory} belongs to {lines[1]}, {lines[2]}, {lines[3]}, but this server is " +
                  $"cluster {options.ClusterId}, server {options.Server}, tree {options.Tree}. " +
                  "Correct the server id, the cluster's name or dataDir; to begin anew with this directory, move its content away first"
                : $"the identity file {path} is damaged. Compare it with that of another server and check the disk; " +
                  StorageCorruptException.TakeFromLeader);
    }

    /// <summary>Stamps the directory, durably.</summary>
    public static void Write(IFileSystem files, StorageOptions options) =>
        SmallFile.Replace(files, options.Directory, FileNames.Identity, Format(options));

    private static string Format(StorageOptions options) => WithChecksum(
        $"{Magic}\ncluster {options.ClusterId}\nserver {options.Server}\ntree {options.Tree}\n");

    private static string WithChecksum(string text) =>
        string.Create(CultureInfo.InvariantCulture, $"{text}{Crc32C.Of(Encoding.UTF8.GetBytes(text)):x8}\n");
}

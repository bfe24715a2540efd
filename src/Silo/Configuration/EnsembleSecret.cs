using System.Security.Cryptography;
using System.Text;

namespace GrainKeeper.Silo.Configuration;

/// <summary>Finds the ensemble's secret: given in the configuration, in a file, or, when nothing is given, derived or made.</summary>
internal static class EnsembleSecret
{
    public const int MinBytes = 16;
    public const int MaxBytes = 4096;

    /// <summary>The file in the data directory that a lone server makes for itself.</summary>
    public const string FileName = "secret";

    public static (ReadOnlyMemory<byte> Secret, bool Guessable) Read(ValueReader values, string clusterId, int servers, string? dataDirectory)
    {
        if (values.Text("secret") is { } text)
        {
            if (values.Has("secretFile"))
            {
                values.Error(values.Settings["secret"]!, "secret and secretFile are both given", "remove one of them");
            }

            var bytes = Encoding.UTF8.GetBytes(text);
            if (bytes.Length is < MinBytes or > MaxBytes)
            {
                values.Error(values.Settings["secret"]!, $"has {bytes.Length} bytes; {MinBytes} to {MaxBytes} are allowed", "make one with: openssl rand -hex 32");
            }

            return (bytes, false);
        }

        if (values.Text("secretFile") is { } path)
        {
            return (ReadFile(values, values.Settings["secretFile"]!, path), false);
        }

        // A lone server shares its secret with nobody but its own next start.
        if (servers == 1 && dataDirectory is not null && Path.Combine(dataDirectory, FileName) is var own && File.Exists(own))
        {
            return (ReadFile(values, new Setting("secretFile", own, own), own), false);
        }

        if (servers > 1)
        {
            values.Warn(
                "secretFile",
                "no secret is given, so it is derived from the cluster id and can be guessed: any host that reaches the silo ports can pose as a server",
                "make a file with: openssl rand -hex 32, copy it to every server, and set secretFile; keep the ports behind a firewall");
        }

        return (Derive(clusterId), true);
    }

    /// <summary>The secret that follows from a cluster id. The server list has no part in it, so that servers can be added one restart at a time.</summary>
    public static byte[] Derive(string clusterId) => SHA256.HashData(Encoding.UTF8.GetBytes("GrainKeeper ensemble secret, derived\n" + clusterId));

    /// <summary>Makes a random secret and writes it to a new file that only the owner can read.</summary>
    /// <exception cref="IOException">The file cannot be written, or there is one already.</exception>
    public static void Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var file = new FileStream(path, options);
        file.Write(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)) + "\n"));
        file.Flush(flushToDisk: true);
    }

    private static byte[] ReadFile(ValueReader values, Setting setting, string path)
    {
        try
        {
            if (new FileInfo(path).Length is var length && length > MaxBytes)
            {
                values.Error(setting, $"the file has {length} bytes; at most {MaxBytes} are allowed", "make one with: openssl rand -hex 32");
                return [];
            }

            // Editors and shells end a file with a line break, on some servers and not on others.
            var bytes = File.ReadAllBytes(path).AsSpan().TrimEnd("\r\n \t"u8).ToArray();
            if (bytes.Length < MinBytes)
            {
                values.Error(setting, $"the file has {bytes.Length} bytes; at least {MinBytes} are needed", "make one with: openssl rand -hex 32");
            }

            if (!OperatingSystem.IsWindows()
                && (File.GetUnixFileMode(path) & (UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != 0)
            {
                values.Warn(setting, "the file can be read by other users of this machine", $"run: chmod 600 {path}");
            }

            return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            values.Error(setting, $"the file cannot be read: {e.Message}", "give the path of a readable file with 16 bytes or more");
            return [];
        }
    }
}

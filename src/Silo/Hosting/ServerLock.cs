using System.Globalization;
using GrainKeeper.Silo.Configuration;

namespace GrainKeeper.Silo.Hosting;

/// <summary>Keeps a second process off a server's data. Every replica locks its own directory too; this one speaks up before any port is opened.</summary>
internal static class ServerLock
{
    private const string FileName = "server.lock";

    /// <exception cref="ServerStartException">Another process holds the lock, or the directory cannot be used.</exception>
    public static IDisposable Take(ServerConfiguration configuration) => Take(configuration.LogDirectory, FileName, $"server {configuration.Self}");

    public static IDisposable Take(string directory, string name, string who)
    {
        var path = Path.Combine(directory, name);
        try
        {
            Directory.CreateDirectory(directory);
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            file.SetLength(0);
            file.Write(System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n"));
            file.Flush();
            return file;
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException) && File.Exists(path))
        {
            throw new ServerStartException(ExitCodes.CannotStart, $"{who} cannot lock {path}: another process uses this data; stop it, or choose another directory", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ServerStartException(ExitCodes.CannotStart, $"{who} cannot use the directory {directory}: {e.Message.TrimEnd('.')}; check its path, owner and rights", e);
        }
    }
}

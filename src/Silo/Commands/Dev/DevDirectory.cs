using System.Globalization;
using System.Text;
using GrainKeeper.Silo.Configuration;
using GrainKeeper.Silo.Hosting;

namespace GrainKeeper.Silo.Commands.Dev;

/// <summary>The directory of a development ensemble: a zoo.cfg, a shared secret, and each server's data.</summary>
internal sealed class DevDirectory : IDisposable
{
    private const string CountFile = "servers";
    private readonly IDisposable _lock;
    private readonly string _path;

    private DevDirectory(string path, IDisposable held)
    {
        _path = path;
        _lock = held;
    }

    public string ConfigurationFile => Path.Combine(_path, "zoo.cfg");

    /// <exception cref="ServerStartException">It is in use, belongs to an ensemble of another size, or cannot be written.</exception>
    public static DevDirectory Open(DevOptions options)
    {
        var held = ServerLock.Take(options.Directory, "dev.lock", "this dev ensemble");
        try
        {
            var directory = new DevDirectory(options.Directory, held);
            directory.CheckSize(options.Servers);
            directory.Write(options);
            return directory;
        }
        catch (Exception e)
        {
            held.Dispose();
            throw e is IOException or UnauthorizedAccessException
                ? new ServerStartException(ExitCodes.CannotStart, $"{options.Directory} cannot be written: {e.Message.TrimEnd('.')}; choose another directory with --data", e)
                : e;
        }
    }

    public string DataOf(int server) => Path.Combine(_path, server.ToString(CultureInfo.InvariantCulture));

    public void Dispose() => _lock.Dispose();

    // A quorum of a larger list can consist of servers that know nothing of what the smaller one had acknowledged.
    private void CheckSize(int servers)
    {
        var path = Path.Combine(_path, CountFile);
        if (!File.Exists(path))
        {
            File.WriteAllText(path, servers.ToString(CultureInfo.InvariantCulture));
            return;
        }

        var text = File.ReadAllText(path).Trim();
        if (text != servers.ToString(CultureInfo.InvariantCulture))
        {
            throw new ServerStartException(
                ExitCodes.BadConfiguration,
                $"the data in {_path} belongs to an ensemble of {text} servers, not {servers}; use --servers {text}, another --data, or delete the directory");
        }
    }

    private void Write(DevOptions options)
    {
        var secret = Path.Combine(_path, "secret");
        if (!File.Exists(secret))
        {
            EnsembleSecret.Create(secret);
        }

        var text = new StringBuilder("# Written by: dev. Changes are overwritten at its next start; pass --set key=value instead.\n");
        text.Append(CultureInfo.InvariantCulture, $"secretFile={Escape(secret)}\nadmin.enableServer=false\n");
        foreach (var entry in options.Entries)
        {
            text.Append(CultureInfo.InvariantCulture, $"server.{entry.Id}={entry}\n");
        }

        File.WriteAllText(ConfigurationFile, text.ToString());
    }

    private static string Escape(string path) => path.Replace(@"\", @"\\", StringComparison.Ordinal);
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using GrainKeeper.Silo.Configuration;
using GrainKeeper.Silo.Hosting;

namespace GrainKeeper.Silo.Commands.Dev;

/// <summary>The directory of a development ensemble: a zoo.cfg, a shared secret, the administrator's password, and each server's data.</summary>
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

    /// <summary>Holds the password of the ensemble's administrator, <c>super</c>.</summary>
    public string AdministratorFile => Path.Combine(_path, "administrator");

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

        if (!File.Exists(AdministratorFile))
        {
            EnsembleSecret.Create(AdministratorFile);
        }

        var administrator = Encoding.ASCII.GetBytes("super:" + File.ReadAllText(AdministratorFile).Trim());
        var text = new StringBuilder("# Written by: dev. Changes are overwritten at its next start; pass --set key=value instead.\n");
        text.Append(CultureInfo.InvariantCulture, $"secretFile={Escape(secret)}\nadmin.enableServer=false\n");
        text.Append(CultureInfo.InvariantCulture, $"DigestAuthenticationProvider.superDigest=super:{Convert.ToBase64String(SHA1.HashData(administrator))}\n");
        foreach (var entry in options.Entries)
        {
            text.Append(CultureInfo.InvariantCulture, $"server.{entry.Id}={entry}\n");
        }

        File.WriteAllText(ConfigurationFile, text.ToString());
    }

    private static string Escape(string path) => path.Replace(@"\", @"\\", StringComparison.Ordinal);
}

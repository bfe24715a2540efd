using GrainKeeper.TestServers;

namespace GrainKeeper.RealClients.Tests;

/// <summary>The ensemble of three servers that all real clients use, started as the README says.</summary>
public sealed class Ensemble : IAsyncLifetime, IDisposable
{
    // Most clients here give up what a change of leaders interrupts. Servers that die are noticed at once; silence is only that of a machine that is busy with other things.
    private const string Patient = "syncTimeout=8000";
    private readonly TemporaryDirectory _directory = new();
    private DevEnsemble? _servers;

    /// <summary>The servers.</summary>
    internal DevEnsemble Servers => _servers!;

    /// <inheritdoc/>
    public async Task InitializeAsync() =>
        _servers = await DevEnsemble.StartAsync(3, _directory.Below("ensemble"), "maxClientCnxns=0", "4lw.commands.whitelist=*", "enforceQuota=true", Patient);

    /// <inheritdoc/>
    public Task DisposeAsync()
    {
        Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _servers?.Dispose();
        _directory.Dispose();
    }

    /// <summary>A path of a file that the tests bring along.</summary>
    internal static string FileOf(params string[] parts) => Path.Combine([AppContext.BaseDirectory, .. parts]);

    /// <summary>Kills the server with a client port.</summary>
    /// <returns>Which one it was; it starts again by itself.</returns>
    internal int KillServerAt(string host)
    {
        var server = Enumerable.Range(1, Servers.Servers).First(n => Servers.Host(n) == host);
        Servers.KillServer(server);
        return server;
    }
}

using GrainKeeper.TestServers;

namespace GrainKeeper.RealClients.Tests;

/// <summary>The ensemble of three servers that all real clients use, started as the README says.</summary>
public sealed class Ensemble : IAsyncLifetime, IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private DevEnsemble? _servers;

    /// <summary>The servers.</summary>
    internal DevEnsemble Servers => _servers!;

    /// <inheritdoc/>
    public async Task InitializeAsync() =>
        _servers = await DevEnsemble.StartAsync(3, _directory.Below("ensemble"), "maxClientCnxns=0", "4lw.commands.whitelist=*", "enforceQuota=true");

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

    /// <summary>Kills the server with a client port, and waits until it serves again.</summary>
    internal int KillServerAt(string host)
    {
        var server = Enumerable.Range(1, Servers.Servers).First(n => Servers.Host(n) == host);
        Servers.KillServer(server);
        return server;
    }
}

using GrainKeeper.Differential.Tests.Driving;
using GrainKeeper.Differential.Tests.Workload;
using GrainKeeper.TestServers;

namespace GrainKeeper.Differential.Tests;

/// <summary>A real ZooKeeper and a server of ours, each alone, side by side.</summary>
public sealed class ServerPair : IAsyncLifetime, IDisposable
{
    internal const int SessionTimeout = 3_600_000;

    private readonly TemporaryDirectory _directory = new();
    private RealZooKeeper? _reference;
    private DevEnsemble? _ours;

    internal Side Reference => new("ZooKeeper", _reference!.Port);

    internal Side Ours => new("ours", _ours!.Port(1));

    internal string Logs => $"ZooKeeper:\n{Tail(_reference!.Log)}\nours:\n{Tail(_ours!.Output)}";

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        var super = Acls.DigestOf("super", "secret");
        var starting = RealZooKeeper.StartAsync(
            _directory.Below("zookeeper"),
            [
                "zookeeper.extendedTypesEnabled=true", "zookeeper.DigestAuthenticationProvider.superDigest=" + super,
                "znode.container.checkIntervalMs=3600000", "zookeeper.forceSync=no",
            ],
            [$"maxSessionTimeout={SessionTimeout}"]);
        try
        {
            _ours = await DevEnsemble.StartAsync(
                1, _directory.Below("ours"), "extendedTypesEnabled=true", "DigestAuthenticationProvider.superDigest=" + super,
                "znode.container.checkIntervalMs=3600000", "maxClientCnxns=0", "4lw.commands.whitelist=*", $"maxSessionTimeout={SessionTimeout}");
        }
        finally
        {
            // Also when ours did not start: Dispose can only end what it knows.
            _reference = await starting;
        }
    }

    /// <inheritdoc/>
    public Task DisposeAsync()
    {
        Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ours?.Dispose();
        _reference?.Dispose();
        _directory.Dispose();
    }

    private static string Tail(string log) => log[^Math.Min(log.Length, 8_000)..];
}

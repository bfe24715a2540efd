using System.Globalization;
using GrainKeeper.Client;
using GrainKeeper.Client.Tests;

namespace GrainKeeper.Console.Tests;

/// <summary>A server for all tests of a class, each of which sees a node of its own as /.</summary>
public sealed class SharedSilo : IAsyncLifetime
{
    private TestSilo _silo = null!;
    private int _nodes;

    public async Task InitializeAsync() => _silo = await TestSilo.StartNewAsync();

    public async Task DisposeAsync() => await _silo.DisposeAsync();

    /// <summary>A node for a test.</summary>
    /// <returns>The connect string by which it is /.</returns>
    internal async Task<string> NewChrootAsync()
    {
        await using var client = await GrainKeeperClient.ConnectAsync(_silo.ClientOptions);
        var node = await client.CreateAsync("/test-" + Interlocked.Increment(ref _nodes).ToString(CultureInfo.InvariantCulture));
        return $"localhost:{_silo.GatewayPort}{node.Path}";
    }

    internal GrainKeeperClientOptions Options(string servers) => _silo.ClientOptions with { Servers = ConnectString.Parse(servers) };

    /// <summary>Runs a command against the node.</summary>
    internal static Task<(int Code, string Output, string Error)> RunAsync(string servers, string[] args, string input = "") =>
        Gk.RunAsync(["--server", servers, "--cluster", TestSilo.Cluster, .. args], input);
}

using GrainKeeper.Client;
using GrainKeeper.TestServers;

namespace GrainKeeper.RealClients.Tests;

/// <summary>A server without a quorum serves reads, with <c>readonlymode.enabled</c>, to clients that ask for it; and they come back to writing when the quorum does.</summary>
public sealed class ReadOnlyTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(240);

    [Fact]
    public async Task Clients_that_can_be_read_only_read_from_a_minority_and_write_again_when_the_quorum_returns()
    {
        using var directory = new TemporaryDirectory();
        using var servers = await DevEnsemble.StartAsync(3, directory.Below("ensemble"), "maxClientCnxns=0", "readonlymode.enabled=true");
        using (var before = ZkCli.Start(servers.Hosts))
        {
            await before.ConnectedAsync("SyncConnected");
            await before.ExpectAsync("create /ro data", "Created /ro");
        }

        await CaughtUpAsync(servers);
        await using var kazooTime = await LostQuorum.OfAsync(servers);
        using var kazoo = ChildProcess.Start("/usr/bin/python3", [Ensemble.FileOf("kazoo", "readonly.py"), servers.Hosts, "/ro"]);
        await kazoo.WaitForLineAsync(l => l == "READ-ONLY", Patience);
        await kazooTime.EndAsync();
        await kazoo.SayAsync("back");
        Assert.True(await kazoo.WaitForExitAsync(Patience) == 0, kazoo.Output);
        Assert.Contains("ok", kazoo.Output.Split('\n'));

        await servers.WaitForAnswerAsync(1, "isro", "rw");
        await CaughtUpAsync(servers);
        await using var zkCliTime = await LostQuorum.OfAsync(servers);
        using var zkCli = ZkCli.Start(servers.Hosts, "-r");
        await zkCli.ConnectedAsync("ConnectedReadOnly");
        await zkCli.ExpectAsync("get /ro", "written");
        await zkCli.ExpectAsync("create /ro/none x", "Not a read-only call");
        await zkCliTime.EndAsync();
        await zkCli.ConnectedAsync("SyncConnected");
        await zkCli.ExpectAsync("create /ro/again x", "Created /ro/again");
    }

    /// <summary>Server 1, which alone will be left, has all that was acknowledged elsewhere.</summary>
    private static async Task CaughtUpAsync(DevEnsemble servers)
    {
        await using var client = await GrainKeeperClient.ConnectAsync(
            new GrainKeeperClientOptions { Servers = ConnectString.Parse(servers.Gateway(1)), ConnectTimeout = TimeSpan.FromSeconds(60) });
        await client.SyncAsync();
    }

    /// <summary>The time in which servers 2 and 3 hang: as lost to server 1 as dead ones, and back at a word.</summary>
    private sealed class LostQuorum : IAsyncDisposable
    {
        private readonly DevEnsemble _servers;
        private bool _ended;

        private LostQuorum(DevEnsemble servers) => _servers = servers;

        public static async Task<LostQuorum> OfAsync(DevEnsemble servers)
        {
            var lost = new LostQuorum(servers);
            await servers.PauseServerAsync(2);
            await servers.PauseServerAsync(3);
            await servers.WaitForAnswerAsync(1, "isro", "ro");
            return lost;
        }

        public async Task EndAsync()
        {
            _ended = true;
            await _servers.ResumeServerAsync(2);
            await _servers.ResumeServerAsync(3);
        }

        public async ValueTask DisposeAsync()
        {
            if (!_ended)
            {
                await EndAsync();
            }
        }
    }
}

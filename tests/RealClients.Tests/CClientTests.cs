using GrainKeeper.TestServers;

namespace GrainKeeper.RealClients.Tests;

/// <summary>ZooKeeper's own C client: a program of ours on the library, and its command line.</summary>
[Collection(EnsembleCollection.Name)]
public sealed class CClientTests(Ensemble ensemble)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    [Fact]
    public async Task A_C_program_keeps_its_session_over_the_death_of_its_server()
    {
        using var directory = new TemporaryDirectory();
        var program = directory.Below("client");
        using (var compiler = ChildProcess.Start("gcc", ["-Wall", "-O1", "-o", program, Ensemble.FileOf("c", "client.c"), "-lzookeeper_mt"]))
        {
            Assert.True(await compiler.WaitForExitAsync(Patience) == 0, compiler.Output);
        }

        using var client = ChildProcess.Start(program, [ensemble.Servers.Hosts, "/c-" + Guid.NewGuid().ToString("N")]);
        var (line, _) = await client.WaitForLineAsync(l => l.StartsWith("KILL ", StringComparison.Ordinal), Patience);
        var killed = ensemble.KillServerAt(line["KILL ".Length..]);
        await client.SayAsync("dead");

        Assert.True(await client.WaitForExitAsync(Patience) == 0, client.Output);
        Assert.Contains("ok", client.Output.Split('\n'));
        await ensemble.Servers.WaitUntilServingAsync(killed);
    }

    [Fact]
    public async Task cli_mt_creates_reads_lists_and_deletes()
    {
        var root = "/cli-mt-" + Guid.NewGuid().ToString("N");
        using var client = ChildProcess.Start("/usr/lib/zookeeper/bin/cli_mt", [ensemble.Servers.Hosts]);
        var next = 0;

        async Task Expect(string line) => (_, next) = await client.WaitForLineAsync(l => l.Contains(line, StringComparison.Ordinal), Patience, next);

        await Expect("Watcher SESSION_EVENT state = CONNECTED_STATE");
        foreach (var (command, answer) in new[]
        {
            ($"create {root}", "rc = 0"), ($"set {root} value", "rc = 0"), ($"get {root}", "value_len = 5"), ("ls /", root[1..]),
            ($"delete {root}", "rc = 0"), ($"get {root}", "rc = -101"),
        })
        {
            await client.SayAsync(command);
            await Expect(answer);
        }

        await client.SayAsync("quit");
        await client.WaitForExitAsync(Patience);
    }
}

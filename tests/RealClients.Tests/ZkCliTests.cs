using System.Text.RegularExpressions;
using GrainKeeper.TestServers;

namespace GrainKeeper.RealClients.Tests;

/// <summary>ZooKeeper's command line: the same script against a real ZooKeeper and our ensemble prints the same.</summary>
[Collection(EnsembleCollection.Name)]
public sealed partial class ZkCliTests(Ensemble ensemble)
{
    private const string Script = """
        create /cli one
        get /cli
        set /cli two
        get -s /cli
        stat /cli
        set -v 0 /cli three
        create -s /cli/n- first
        create -s /cli/n- second
        create -e /cli/mine mine
        create -c /cli/container
        create /cli/none/below x
        create /cli again
        ls /cli
        ls -s /cli
        ls -R /cli
        getAllChildrenNumber /cli
        getEphemerals /cli
        getAcl /cli
        whoami
        addauth digest user:password
        setAcl /cli/n-0000000000 auth:user:password:cdrwa
        getAcl /cli/n-0000000000
        setAcl /cli/n-0000000000 nonsense:x:r
        stat -w /cli
        set /cli three
        ls -w /cli
        create /cli/c x
        addWatch -m PERSISTENT_RECURSIVE /cli
        set /cli/c y
        removewatches /cli
        sync /cli
        delete -v 7 /cli/c
        delete /cli
        deleteall /cli
        ls /cli
        delete /none
        quit

        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task zkCli_prints_what_it_prints_against_ZooKeeper()
    {
        using var directory = new TemporaryDirectory();
        using var reference = await RealZooKeeper.StartAsync(directory.Below("zookeeper"), [], []);
        var expected = await RunAsync("127.0.0.1:" + reference.Port);

        Assert.Equal(expected, await RunAsync(ensemble.Servers.Hosts));
        Assert.Contains("Node already exists: /cli", expected, StringComparison.Ordinal);
        Assert.Contains("type:NodeDataChanged path:/cli/c", expected, StringComparison.Ordinal);
    }

    [Fact]
    public async Task zkCli_works_below_a_chroot()
    {
        var chroot = "/chroot-" + Guid.NewGuid().ToString("N");
        await RunAsync(ensemble.Servers.Hosts, $"create {chroot} x\nquit\n");

        var said = await RunAsync(ensemble.Servers.Hosts + chroot, "create /below y\nget /below\nls /\nquit\n");

        Assert.Contains("Created /below\n", said, StringComparison.Ordinal);
        Assert.Contains("\ny\n[below]", said, StringComparison.Ordinal);
        Assert.Contains("[below]", await RunAsync(ensemble.Servers.Hosts, $"ls {chroot}\nquit\n"), StringComparison.Ordinal);
    }

    private static async Task<string> RunAsync(string hosts, string script = Script)
    {
        using var client = ChildProcess.Start(
            "/bin/sh", ["-c", "exec /usr/share/zookeeper/bin/zkCli.sh -server \"$0\" 2>&1", hosts], environment: new Dictionary<string, string> { ["CLIENT_JVMFLAGS"] = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC" });
        var next = 0;
        (_, next) = await client.WaitForLineAsync(l => l.Contains("state:SyncConnected type:None", StringComparison.Ordinal), Patience, next);
        await client.SayAsync(script);
        await client.WaitForExitAsync(Patience);
        return Normalise(client.Output);
    }

    /// <summary>Leaves out the log, times, zxids and sessions, and puts events last, which a thread of their own prints.</summary>
    private static string Normalise(string output)
    {
        var lines = output.Split('\n').SkipWhile(l => !l.Contains("state:SyncConnected type:None", StringComparison.Ordinal)).Skip(1)
            .Where(l => !LogLine().IsMatch(l) && l.Trim().Length > 0)
            .OrderBy(l => l.StartsWith("WatchedEvent", StringComparison.Ordinal));
        return Varying().Replace(string.Join('\n', lines), "$1 = …") + "\n";
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d |^\[zk: |^JLine|^log4j|^WATCHER::$|^\s+at ")]
    private static partial Regex LogLine();

    [GeneratedRegex(@"\b([cmp]Zxid|[cmp]zxid|[cm]time|ephemeralOwner) = [^\n]*")]
    private static partial Regex Varying();
}

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

    private const string QuotaScript = """
        create /quota 12345
        listquota /quota
        setquota -n 2 /quota
        setquota -N 3 /quota
        setquota -B 20 /quota
        listquota /quota
        create /quota/a 12345
        create /quota/b 12345
        create /quota/c x
        listquota /quota
        set /quota/a 1234567890
        set /quota/a 12345678901
        delete /quota/b
        create /quota/c 123456
        create /quota/c 12345
        setquota -b 100 /quota
        listquota /quota
        delquota -N /quota
        listquota /quota
        create /quota/d
        delquota -n /quota
        delquota -b /quota
        delquota -B /quota
        listquota /quota
        set /quota/a 123456789012345678901234567890
        delquota /quota
        listquota /quota
        ls -R /zookeeper/quota
        setquota -n 1 /quota/none
        setquota -n 1 /quota
        setquota -n 1 /quota/a
        delquota /quota
        deleteall /quota
        quit

        """;

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
    public async Task zkCli_sets_lists_meets_and_deletes_quotas_as_against_ZooKeeper()
    {
        using var directory = new TemporaryDirectory();
        using var reference = await RealZooKeeper.StartAsync(directory.Below("zookeeper"), ["zookeeper.enforceQuota=true"], []);
        var expected = await RunAsync("127.0.0.1:" + reference.Port, QuotaScript);

        Assert.Equal(expected, await RunAsync(ensemble.Servers.Hosts, QuotaScript));
        Assert.Equal(3, expected.Split("Quota has exceeded").Length - 1);
        Assert.Contains("Output quota for /quota count=2,bytes=-1=;byteHardLimit=20;countHardLimit=3", expected, StringComparison.Ordinal);
        await ensemble.Servers.WaitForOutputAsync("Quota exceeded: /quota [current count=3, softCountLimit=2]");
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
        using var client = ZkCli.Start(hosts);
        await client.ConnectedAsync("SyncConnected");
        return Normalise(await client.FinishAsync(script));
    }

    /// <summary>
    /// Leaves out the log, times, zxids and sessions, and puts events last, which a thread of their own prints. The last event, of zkCli's own closing,
    /// is left out: zkCli ends without waiting for that thread.
    /// </summary>
    private static string Normalise(string output)
    {
        var lines = output.Split('\n').SkipWhile(l => !l.Contains("state:SyncConnected type:None", StringComparison.Ordinal)).Skip(1)
            .Where(l => !LogLine().IsMatch(l) && !l.Contains("state:Closed type:None", StringComparison.Ordinal) && l.Trim().Length > 0)
            .OrderBy(l => l.StartsWith("WatchedEvent", StringComparison.Ordinal));
        return Varying().Replace(string.Join('\n', lines), "$1 = …") + "\n";
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d |^\[zk: |^JLine|^log4j|^WATCHER::$|^\s+at ")]
    private static partial Regex LogLine();

    [GeneratedRegex(@"\b([cmp]Zxid|[cmp]zxid|[cm]time|ephemeralOwner) = [^\n]*")]
    private static partial Regex Varying();
}

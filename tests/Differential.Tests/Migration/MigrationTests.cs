using System.Globalization;
using System.Text;
using GrainKeeper.Differential.Tests.Wire;
using GrainKeeper.Differential.Tests.Workload;
using GrainKeeper.TestServers;

namespace GrainKeeper.Differential.Tests.Migration;

/// <summary>The data directory of a real ZooKeeper, imported: clients find every node as it was.</summary>
public sealed class MigrationTests : IDisposable
{
    private const string Administrator = "super:secret";
    private const int Ephemerals = 3;
    private static readonly string SuperDigest = Acls.DigestOf("super", "secret");
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("", 1)]
    [InlineData("gz", 3)]
    public async Task An_ensemble_goes_on_where_ZooKeeper_stopped(string compression, int servers)
    {
        var (before, lastZxid) = await FillZooKeeperAsync(compression);
        var ours = _directory.Below("ours");
        for (var server = 1; server <= servers; server++)
        {
            await ImportAsync(ours, server);
        }

        using var ensemble = await DevEnsemble.StartAsync(
            servers, ours, "extendedTypesEnabled=true", "DigestAuthenticationProvider.superDigest=" + SuperDigest, "znode.container.checkIntervalMs=3600000");
        using var client = new PlainClient(ensemble.Port(servers), Administrator);
        var after = client.ReadAll();

        Assert.True(before.Count > 150, $"only {before.Count} nodes were compared");
        Assert.Empty(before.Keys.Except(after.Keys));
        Assert.Equal(["/zookeeper/trees"], after.Keys.Except(before.Keys));
        var differences = before.Where(b => b.Key is not ("/zookeeper" or "/zookeeper/config") && after[b.Key] != b.Value)
            .Select(b => $"{b.Key}\n  was {b.Value}\n  is  {after[b.Key]}");
        Assert.Empty(differences);

        // Numbers go on, and no zxid comes again.
        Assert.Equal("/seq/n0000000040", client.Create("/seq/n", flags: 2));
        Assert.True(client.Zxid >> 32 > lastZxid >> 32, $"zxid 0x{client.Zxid:x} comes after 0x{lastZxid:x}");
    }

    private async Task<(SortedDictionary<string, NodeFacts> Nodes, long LastZxid)> FillZooKeeperAsync(string compression)
    {
        using var zooKeeper = await RealZooKeeper.StartAsync(
            _directory.Below("zookeeper"),
            [
                "zookeeper.extendedTypesEnabled=true", "zookeeper.DigestAuthenticationProvider.superDigest=" + SuperDigest,
                "znode.container.checkIntervalMs=3600000", "zookeeper.snapCount=100", "zookeeper.snapshot.compression.method=" + compression,
            ],
            []);
        using var client = new PlainClient(zooKeeper.Port, Administrator);
        using var owner = new PlainClient(zooKeeper.Port, Administrator);
        Write(client, owner);
        using (var gone = new PlainClient(zooKeeper.Port, Administrator))
        {
            gone.Create("/plain/gone", flags: 1);
            gone.Call(Operation.CloseSession, new RecordWriter());
        }

        var nodes = client.ReadAll();
        Assert.Equal(Ephemerals, nodes.Count(n => n.Value.Stat.EphemeralOwner != 0));
        foreach (var path in nodes.Where(n => n.Value.Stat.EphemeralOwner != 0).Select(n => n.Key).ToList())
        {
            nodes.Remove(path);
        }

        // What clients see counts each child created twice, less those that are there: without its children that is as much more.
        var parent = nodes["/eph"];
        nodes["/eph"] = parent with { Stat = parent.Stat with { NumChildren = 0, CVersion = parent.Stat.CVersion + Ephemerals } };
        var snapshots = Directory.GetFiles(Path.Combine(_directory.Below("zookeeper"), "data", "version-2"), "snapshot.*");
        Assert.True(snapshots.Length > 1, "ZooKeeper wrote no snapshot of what was written to it");
        Assert.All(snapshots, s => Assert.Equal(compression == "gz", s.EndsWith(".gz", StringComparison.Ordinal)));
        return (nodes, client.Zxid);
    }

    private static void Write(PlainClient client, PlainClient owner)
    {
        client.Create("/seq", [1]);
        client.Create("/eph");
        client.Create("/plain", Encoding.UTF8.GetBytes("grüße"));
        client.Create("/plain/empty", []);
        client.Create("/plain/größe", [0, 255]);
        client.Create("/plain/large", new byte[500_000]);
        client.Create("/guarded", [2], "digest:" + Acls.DigestOf("u1", "p1"));
        client.Create("/guarded/ip", [3], "ip:10.0.0.0/8");
        for (var i = 0; i < 40; i++)
        {
            client.Create("/seq/n", [(byte)i], flags: 2);
        }

        for (var i = 0; i < 40; i += 3)
        {
            client.Call(Operation.Delete, new RecordWriter().Text($"/seq/n{i:d10}").Int(-1));
        }

        for (var i = 0; i < Ephemerals; i++)
        {
            owner.Create($"/eph/{i}", flags: 1);
        }

        client.Call(Operation.CreateContainer, PlainClient.CreateRecord("/box", [4], PlainClient.Open, 4));
        client.Create("/box/child");
        client.Call(Operation.CreateContainer, PlainClient.CreateRecord("/box/never-used", null, PlainClient.Open, 4));
        client.Call(Operation.CreateTtl, PlainClient.CreateRecord("/ttl", [5], PlainClient.Open, 5, 3_600_000));
        client.Call(Operation.CreateTtl, PlainClient.CreateRecord("/ttl/n", [6], PlainClient.Open, 6, 7_200_000));
        client.Create("/zookeeper/quota/plain");
        client.Create("/zookeeper/quota/plain/zookeeper_limits", Encoding.ASCII.GetBytes("count=1000,bytes=10000000"));
        client.Create("/zookeeper/quota/plain/zookeeper_stats", Encoding.ASCII.GetBytes("count=0,bytes=0"));
        for (var i = 0; i < 120; i++)
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"/plain/{i}");
            client.Create(path, BitConverter.GetBytes(i));
            client.Call(Operation.SetData, new RecordWriter().Text(path).Bytes(BitConverter.GetBytes(-i)).Int(0));
            if (i % 4 == 0)
            {
                client.Call(Operation.SetAcl, PlainClient.WriteAcl(new RecordWriter().Text(path), "digest:" + Acls.DigestOf("u2", "p2")).Int(0));
            }
        }

        client.Call(Operation.Multi, Multi(
            (Operation.Create, PlainClient.CreateRecord("/multi", [7], PlainClient.Open, 0)),
            (Operation.SetData, new RecordWriter().Text("/multi").Bytes([8]).Int(0)),
            (Operation.Check, new RecordWriter().Text("/multi").Int(1)),
            (Operation.Delete, new RecordWriter().Text("/plain/empty").Int(0))));
        client.Create("/plain/last");
    }

    private static RecordWriter Multi(params (int Type, RecordWriter Record)[] parts)
    {
        var multi = new RecordWriter();
        foreach (var (type, record) in parts)
        {
            multi.Int(type).Bool(false).Int(-1).Raw(record.ToArray());
        }

        return multi.Int(-1).Bool(true).Int(-1);
    }

    private async Task ImportAsync(string ensemble, int server)
    {
        var number = server.ToString(CultureInfo.InvariantCulture);
        using var import = ChildProcess.Start("dotnet", [
            DevEnsemble.ServerProgram, "import", "--from", Path.Combine(_directory.Below("zookeeper"), "data"), "--data", Path.Combine(ensemble, number), "--id", number,
        ]);
        var exitCode = await import.WaitForExitAsync(TimeSpan.FromSeconds(60));
        Assert.True(exitCode == 0, import.Output);
        Assert.Contains($"Dropped 2 sessions and {Ephemerals} ephemeral nodes.", import.Output, StringComparison.Ordinal);
    }
}

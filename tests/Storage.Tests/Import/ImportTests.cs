using System.Text;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Tree;
using GrainKeeper.Grains.Import;
using GrainKeeper.Storage;
using GrainKeeper.Storage.Tests.Fakes;

namespace GrainKeeper.Storage.Tests.Import;

/// <summary>ZooKeeper's files, whole and damaged, into a directory of ours.</summary>
public sealed class ImportTests : IDisposable
{
    private const long Ttl = unchecked((long)0xff00_0000_0000_0000) | 3_600_000;
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private string Source => Path.Combine(_directory.Path, "zk");

    private string Target => Path.Combine(_directory.Path, "new");

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Snapshot_and_log_become_nodes_without_sessions_and_ephemerals(bool digest, bool gzip)
    {
        var snapshot = ZooKeeperFiles.Snapshot(
            digest, ("/a", "one", 0, 3), ("/box", "", long.MinValue, 4), ("/old", "", Ttl, 5), ("/mine", "", ZooKeeperFiles.SessionOfSnapshot, 5));
        Put(gzip ? "snapshot.5.gz" : "snapshot.5", gzip ? ZooKeeperFiles.Gzip(snapshot) : snapshot);
        Put(
            "log.1",
            ZooKeeperFiles.Log(
                ZooKeeperFiles.SetData(5, "/a", "before the snapshot", 9),
                ZooKeeperFiles.SetData(6, "/a", "two", 1),
                ZooKeeperFiles.Header(7, -10, session: 8).Int(30_000).ToArray(),
                ZooKeeperFiles.Create(8, "/theirs", "", 5, ephemeral: true, session: 8),
                ZooKeeperFiles.Create(9, "/a/b", "x", 1),
                ZooKeeperFiles.Header(10, 21).Text("/ttl").Bytes(null).OpenAcl().Int(6).Long(60_000).ToArray(),
                ZooKeeperFiles.Header(11, 7).Text("/a/b").Int(1).Int(1).Text("ip").Text("10.0.0.0/8").Int(1).ToArray(),
                Multi(12, (2, new JuteBytes().Text("/old").ToArray()), (5, new JuteBytes().Text("/box").Text("m").Int(1).ToArray())),
                Multi(13, (2, new JuteBytes().Text("/a/b").ToArray()), (-1, new JuteBytes().Int(-101).ToArray())),
                ZooKeeperFiles.Header(14, -1).Int(-110).ToArray()));
        Put("log.6.bak", [1]);
        Put("snapshot.9.tmp", [1]);
        var report = await ImportAsync();
        Assert.Equal((new Zxid(14), new Epoch(1), 9L, 2, 2), (report.Last, report.Epoch, report.Replayed, report.Sessions, report.Ephemerals));
        Assert.Empty(report.Warnings);
        var (state, history) = await LoadAsync();
        Assert.Equal((new Epoch(1), new Epoch(1), new Zxid(14)), (history.AcceptedEpoch, history.CurrentEpoch, history.LastLogged));
        Assert.Empty(state.Sessions.ToSortedArray());
        Assert.Equal(
            ["/ Persistent", "/a Persistent two", "/a/b Persistent x", "/box Container m", "/ttl Ttl", "/zookeeper Persistent", "/zookeeper/config Persistent", "/zookeeper/quota Persistent", "/zookeeper/trees Persistent"],
            List(state));
        Assert.Equal((60_000L, true), (Node(state, "/ttl").Ttl, Node(state, "/ttl").DataIsNull));
        Assert.Equal("ip:10.0.0.0/8:r", Node(state, "/a/b").Acl.ToString());
        var root = Node(state, "/");
        Assert.Equal((6, 0xc), (root.InternalCVersion, (int)root.Pzxid.Value));
        Assert.Equal((3L, 6L, 1003L, 1006L, 1, 1, 9L), Numbers(Node(state, "/a")));
        Assert.Equal((9L, 9L, 1009L, 1009L, 0, 0, 9L), Numbers(Node(state, "/a/b")));
    }

    [Fact]
    public async Task An_ensemble_that_stood_at_the_beginning_of_an_epoch_ends_with_a_zxid_that_a_leader_takes()
    {
        Put("snapshot.500000000", ZooKeeperFiles.Snapshot(true, ("/a", "one", 0, (4L << 32) + 7)));
        var report = await ImportAsync();
        Assert.Equal((Zxid.Of(new Epoch(5), 0), new Epoch(6)), (report.Last, report.Epoch));
        var (state, history) = await LoadAsync();
        Assert.Equal((Zxid.Of(new Epoch(5), 1), Zxid.Of(new Epoch(5), 1)), (history.LastLogged, state.LastApplied));
        Assert.Equal((4L << 32) + 7, Node(state, "/a").Stat.Czxid);
    }

    [Fact]
    public async Task A_fuzzy_snapshot_gives_the_same_as_an_exact_one()
    {
        byte[][] txns =
        [
            ZooKeeperFiles.Create(1, "/a", "1", 1), ZooKeeperFiles.SetData(2, "/a", "2", 1), ZooKeeperFiles.Create(3, "/b", "b", 2),
            ZooKeeperFiles.Delete(4, "/b"), ZooKeeperFiles.Create(5, "/a/c", "c", 1), ZooKeeperFiles.SetData(6, "/a", "3", 2),
        ];
        Put("log.1", ZooKeeperFiles.Log(txns));
        Put("snapshot.0", ZooKeeperFiles.Snapshot(false));
        await ImportAsync();
        var exact = await LoadAsync();
        Directory.Delete(Target, recursive: true);

        // Begun at 1, but it has seen 3 and 5, and not what was deleted by 4.
        Put("snapshot.1", ZooKeeperFiles.Snapshot(true, ("/a", "3", 0, 1), ("/a/c", "c", 0, 5)));
        await ImportAsync();
        var fuzzy = await LoadAsync();
        Assert.Equal(List(exact.State), List(fuzzy.State));
        foreach (var path in new[] { "/", "/a", "/a/c" })
        {
            Assert.Equal(Node(exact.State, path).Stat, Node(fuzzy.State, path).Stat);
        }
    }

    [Fact]
    public async Task The_oldest_notations_are_read()
    {
        Put("snapshot.0", ZooKeeperFiles.Snapshot(false));
        Put(
            "log.100000001",
            ZooKeeperFiles.Log(
                ZooKeeperFiles.Header(0x100000001, 1, session: 9).Text("/v0").Text("x").OpenAcl().Bool(true).ToArray(),
                ZooKeeperFiles.Header(0x100000002, 1).Text("/stays").Text("y").OpenAcl().Bool(false).ToArray(),
                ZooKeeperFiles.Header(0x100000003, -11, session: 9).ToArray()));
        var report = await ImportAsync();
        Assert.Equal((new Zxid(0x100000003), new Epoch(2), 0), (report.Last, report.Epoch, report.Ephemerals));
        var (state, _) = await LoadAsync();
        Assert.Equal((2, 0x100000003), (Node(state, "/").InternalCVersion, Node(state, "/").Pzxid.Value));
        Assert.Equal("/stays Persistent y", List(state)[1]);
    }

    [Fact]
    public void A_log_that_breaks_off_anywhere_in_its_last_record_is_cut_there()
    {
        byte[] whole = [.. ZooKeeperFiles.LogHeader, .. ZooKeeperFiles.Record(ZooKeeperFiles.Create(1, "/a", "1", 1))];
        var last = ZooKeeperFiles.Record(ZooKeeperFiles.Create(2, "/b", "2", 2));
        Put("snapshot.0", ZooKeeperFiles.Snapshot(true));
        for (var cut = 1; cut < last.Length; cut++)
        {
            foreach (var padding in new[] { 0, 64 })
            {
                Put("log.1", [.. whole, .. last[..cut], .. new byte[padding]]);
                var source = new ZooKeeperDirectory(Source, null);
                Assert.Equal(["/", "/a", "/zookeeper", "/zookeeper/quota"], Paths(source.Load()));
                Assert.Equal(new Zxid(1), source.Last);
                if (last.AsSpan(0, cut).IndexOfAnyExcept((byte)0) < 0)
                {
                    // The first bytes of the checksum are zero: nothing tells them from space made ahead.
                    Assert.Empty(source.Warnings);
                }
                else
                {
                    Assert.Contains($"log.1 breaks off at offset {whole.Length}", Assert.Single(source.Warnings), StringComparison.Ordinal);
                }
            }
        }
    }

    [Fact]
    public async Task Damage_before_a_whole_record_is_refused_with_file_and_offset()
    {
        Put("snapshot.0", ZooKeeperFiles.Snapshot(true));
        var log = ZooKeeperFiles.Log(ZooKeeperFiles.Create(1, "/a", "1", 1), ZooKeeperFiles.Create(2, "/b", "2", 2));
        var second = ZooKeeperFiles.LogHeader.Length + ZooKeeperFiles.Record(ZooKeeperFiles.Create(1, "/a", "1", 1)).Length;
        for (var at = 0; at < second; at++)
        {
            if (at is >= 8 and < 16)
            {
                // The database id: nobody looks at it.
                continue;
            }

            Put("log.1", Flip(log, at));
            var error = await Assert.ThrowsAsync<DamagedFileException>(ImportAsync);
            var offset = at < ZooKeeperFiles.LogHeader.Length ? 0 : ZooKeeperFiles.LogHeader.Length;
            Assert.Contains($"log.1 is damaged at offset {offset}:", error.Message, StringComparison.Ordinal);
            Assert.False(Directory.Exists(Target));
        }
    }

    [Fact]
    public void A_snapshot_that_is_cut_or_changed_anywhere_gives_way_to_the_one_before()
    {
        Put("snapshot.0", ZooKeeperFiles.Snapshot(true));
        Put("log.1", ZooKeeperFiles.Log(ZooKeeperFiles.Create(1, "/a", "1", 1), ZooKeeperFiles.Create(2, "/b", "2", 2)));
        var newer = ZooKeeperFiles.Snapshot(true, ("/a", "1", 0, 1));
        var seal = newer.Length - 33;
        for (var at = 0; at < newer.Length; at++)
        {
            // Cut just behind the first seal it is a whole snapshot of ZooKeeper 3.5.
            Put("snapshot.1", at % 2 == 0 && at != seal ? newer[..at] : Flip(newer, at));
            var source = new ZooKeeperDirectory(Source, null);
            Assert.Equal(["/", "/a", "/b", "/zookeeper", "/zookeeper/quota"], Paths(source.Load()));
            Assert.Equal((new Zxid(2), 2L), (source.Last, source.Replayed));
            Assert.Contains("snapshot.1 is damaged at offset", Assert.Single(source.Warnings), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Lengths_out_of_range_are_refused_before_anything_is_allocated()
    {
        foreach (var length in new[] { -2, int.MinValue, int.MaxValue, 64 * 1024 * 1024 })
        {
            var head = new JuteBytes().Int(0x5A4B534E).Int(2).Long(-1).Int(0).Int(0).Text("");
            Put("snapshot.0", head.Int(length).Long(0).ToArray());
            var before = GC.GetAllocatedBytesForCurrentThread();
            var error = await Assert.ThrowsAsync<ImportException>(ImportAsync);
            Assert.Contains("no snapshot in", error.Message, StringComparison.Ordinal);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 * 1024 * 1024);
        }
    }

    [Fact]
    public async Task Missing_transactions_are_refused()
    {
        Put("snapshot.0", ZooKeeperFiles.Snapshot(true));
        Put("log.1", ZooKeeperFiles.Log(ZooKeeperFiles.Create(1, "/a", "1", 1)));
        Put("log.3", ZooKeeperFiles.Log(ZooKeeperFiles.Create(3, "/c", "3", 3)));
        var hole = await Assert.ThrowsAsync<DamagedFileException>(ImportAsync);
        Assert.Contains("log.3 is damaged at offset 16: zxid 0x3 follows 0x1", hole.Message, StringComparison.Ordinal);

        // A log lies elsewhere: the snapshot has seen more than there is.
        Directory.Delete(Source, recursive: true);
        Put("snapshot.1", ZooKeeperFiles.Snapshot(true, ("/a", "1", 0, 1), ("/b", "2", 0, 2)));
        var ahead = await Assert.ThrowsAsync<ImportException>(ImportAsync);
        Assert.Contains("--log-dir", ahead.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_imported_says_why()
    {
        Directory.CreateDirectory(Source);
        Assert.Contains("holds neither snapshots nor logs", (await Assert.ThrowsAsync<ImportException>(ImportAsync)).Message, StringComparison.Ordinal);
        Put("snapshot.0.snappy", [1, 2, 3]);
        Assert.Contains("snapshot.compression.method=gz", (await Assert.ThrowsAsync<ImportException>(ImportAsync)).Message, StringComparison.Ordinal);
        Put("snapshot.2", ZooKeeperFiles.Snapshot(true, ("/ttl", "", unchecked((long)0x8000_0000_0000_1000), 1), ("/ttl/child", "", 0, 2)));
        Assert.Contains("emulate353TTLNodes", (await Assert.ThrowsAsync<ImportException>(ImportAsync)).Message, StringComparison.Ordinal);
        Put("snapshot.3", ZooKeeperFiles.Snapshot(true));
        Directory.CreateDirectory(Target);
        await File.WriteAllTextAsync(Path.Combine(Target, "myid"), "1");
        await ImportAsync();
        Assert.Contains("is not empty: it holds trees", (await Assert.ThrowsAsync<ImportException>(ImportAsync)).Message, StringComparison.Ordinal);
    }

    private static byte[] Multi(long zxid, params (int Type, byte[] Body)[] parts)
    {
        var bytes = ZooKeeperFiles.Header(zxid, 14).Int(parts.Length);
        foreach (var (type, body) in parts)
        {
            bytes.Int(type).Bytes(body);
        }

        return bytes.ToArray();
    }

    private static byte[] Flip(byte[] bytes, int at)
    {
        var flipped = (byte[])bytes.Clone();
        flipped[at] ^= 0x5a;
        return flipped;
    }

    private static (long, long, long, long, int, int, long) Numbers(NodeRef node) =>
        (node.Stat.Czxid, node.Stat.Mzxid, node.Stat.Ctime, node.Stat.Mtime, node.Stat.Version, node.InternalCVersion, node.Stat.Pzxid);

    private static NodeRef Node(ReplicaState state, string path)
    {
        Assert.True(state.Tree.TryFind(Encoding.UTF8.GetBytes(path), out var node), path);
        return node;
    }

    private static IEnumerable<string> Paths(ImportedTree tree) => tree.Nodes.Keys.Order(StringComparer.Ordinal);

    private static List<string> List(ReplicaState state)
    {
        var list = new List<string>();
        Collect(state.Tree.Root, list);
        list.Sort(StringComparer.Ordinal);
        return list;
    }

    private static void Collect(NodeRef node, List<string> list)
    {
        list.Add($"{Encoding.UTF8.GetString(node.Path)} {node.Kind} {Encoding.UTF8.GetString(node.Data)}".TrimEnd());
        foreach (var child in node.Children)
        {
            Collect(child, list);
        }
    }

    private void Put(string name, byte[] bytes)
    {
        Directory.CreateDirectory(Source);
        File.WriteAllBytes(Path.Combine(Source, name), bytes);
    }

    private Task<ImportReport> ImportAsync() => ZooKeeperImport.RunAsync(Source, null, Target, "c", new ServerId(2));

    private async Task<(ReplicaState State, Core.Zab.RecoveredHistory History)> LoadAsync()
    {
        var loaded = new LoadedState();
        var options = new StorageOptions { Directory = Path.Combine(Target, "trees", "root"), ClusterId = "c", Server = new ServerId(2) };
        await using var storage = ReplicaStorage.Open(options, loaded, new ImportListener(1));
        return (loaded.State, storage.Recovered);
    }
}

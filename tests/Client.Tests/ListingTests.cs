using System.Globalization;
using GrainKeeper.Client.Bulk;
using GrainKeeper.Client.Errors;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Client.Tests;

/// <summary>Listings page by page, and bulk load.</summary>
public sealed class ListingTests : IAsyncLifetime
{
    private readonly LoopbackReplica _replica = new();
    private GrainKeeperClient _client = null!;

    public async Task InitializeAsync() => _client = await _replica.ConnectAsync();

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _replica.StopAsync();
    }

    [Fact]
    public async Task Children_are_listed_in_order_whatever_the_page_size_the_prefix_and_the_changes()
    {
        var names = Enumerable.Range(0, 1_200).Select(i => string.Create(CultureInfo.InvariantCulture, $"{(i % 3 == 0 ? "a" : "b-")}{i * 7 % 1_200}")).ToList();
        await LoadAsync(["/d", .. names.Select(n => "/d/" + n)]);
        foreach (var (prefix, size) in new[] { (null, 1_000), ("a", 7), ("b-1", 100), ("c", 10), ("b-1199", 1) })
        {
            Assert.Equal(
                names.Where(n => n.StartsWith(prefix ?? string.Empty, StringComparison.Ordinal)).Order(StringComparer.Ordinal), await ListAsync(_client.GetChildNamesAsync("/d", prefix, size)));
        }

        var page = await _client.GetChildrenPageAsync("/d", "a60", 2, "a6");
        Assert.Equal((2, true, 1_200, _client.LastZxid), (page.Names.Count, page.HasMore, page.Stat.NumChildren, page.Zxid));
        await _client.DeleteAsync("/d/" + page.Names[1]);
        await _client.CreateAsync("/d/" + page.Names[1] + "x");
        var next = await _client.GetChildrenPageAsync("/d", page.Names[1], 2, "a6");
        Assert.Equal(page.Names[1] + "x", next.Names[0]);
        Assert.True(next.Stat.Pzxid > page.Stat.Pzxid);
        Assert.Empty((await _client.GetChildrenPageAsync("/d/" + page.Names[0])).Names);
        await Assert.ThrowsAsync<NoNodeException>(() => _client.GetChildrenPageAsync("/missing"));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _client.GetChildrenPageAsync("/d", limit: 0));
    }

    [Fact]
    public async Task A_subtree_is_listed_by_prefix_each_node_before_what_is_below_it()
    {
        string[] paths = ["/s", "/s/a", "/s/a/x", "/s/a/x/1", "/s/a/y", "/s/a-b", "/s/a-b/z", "/s/b", "/s/b/c", "/t"];
        await LoadAsync(paths);
        Assert.Equal(["/s/a", "/s/a/x", "/s/a/x/1", "/s/a/y", "/s/a-b", "/s/a-b/z", "/s/b", "/s/b/c"], await ListAsync(_client.GetSubtreeAsync("/s")));
        for (var size = 1; size <= 9; size++)
        {
            Assert.Equal(await ListAsync(_client.GetSubtreeAsync("/s")), await ListAsync(_client.GetSubtreeAsync("/s", pageSize: size)));
            Assert.Equal(["/s/a", "/s/a/x", "/s/a/x/1", "/s/a/y", "/s/a-b", "/s/a-b/z"], await ListAsync(_client.GetSubtreeAsync("/s", "a", size)));
            Assert.Equal(["/s/a/x", "/s/a/x/1"], await ListAsync(_client.GetSubtreeAsync("/s", "a/x", size)));
            Assert.Equal(paths, (await ListAsync(_client.GetSubtreeAsync("/", pageSize: size))).Where(p => !p.StartsWith("/zookeeper", StringComparison.Ordinal)));
        }

        Assert.Equal(["/s/a-b"], (await _client.GetSubtreePageAsync("/s", "/s/a/zz/9", 1)).Paths);
        Assert.Equal(["/s/a/y"], (await _client.GetSubtreePageAsync("/s", "/s/a/x/0/5", 2)).Paths.Skip(1));
        Assert.Empty((await _client.GetSubtreePageAsync("/s", prefix: "missing/x")).Paths);
        await Assert.ThrowsAsync<BadArgumentsException>(() => _client.GetSubtreePageAsync("/s", "/t"));
        await Assert.ThrowsAsync<NoNodeException>(() => _client.GetSubtreePageAsync("/missing"));

        await using var below = await _replica.ConnectAsync(LoopbackReplica.Options("one:1/s"));
        Assert.Equal(["/a/x", "/a/x/1", "/a/y"], await ListAsync(below.GetSubtreeAsync("/a", pageSize: 1)));
    }

    [Fact]
    public async Task What_may_not_be_read_is_not_listed()
    {
        var hidden = new AclList([new AclEntry(Permissions.All & ~Permissions.Read, "world", "anyone")]);
        await LoadAsync(["/s", "/s/a", "/s/b"]);
        await _client.CreateAsync("/s/h", acl: hidden);
        await _client.CreateAsync("/s/h/below");
        await _client.CreateAsync("/s/i");
        Assert.Equal(["/s/a", "/s/b", "/s/h", "/s/i"], await ListAsync(_client.GetSubtreeAsync("/s", pageSize: 2)));
        Assert.Equal(["/s/i"], (await _client.GetSubtreePageAsync("/s", "/s/h/a")).Paths);
        await Assert.ThrowsAsync<NoAuthException>(() => _client.GetSubtreePageAsync("/s/h"));
        await Assert.ThrowsAsync<NoAuthException>(() => _client.GetSubtreePageAsync("/s", prefix: "h/b"));
        await Assert.ThrowsAsync<NoAuthException>(() => _client.GetChildrenPageAsync("/s/h"));
    }

    [Fact]
    public async Task A_bulk_load_creates_parents_first_and_reports_how_far_it_is()
    {
        var told = new List<BulkLoadProgress>();
        var nodes = Enumerable.Range(0, 2_000).Select(i => new BulkNode(i == 0 ? "/b" : string.Create(CultureInfo.InvariantCulture, $"/b/{(i - 1) / 40:d3}{(i % 40 == 1 ? string.Empty : $"/{i}")}"), BitConverter.GetBytes(i)));
        var done = await _client.BulkLoadAsync(nodes.ToAsyncEnumerable(), new BulkLoadOptions { MaxNodesPerBatch = 60 }, new Told(told));
        Assert.Equal(new BulkLoadProgress(2_000, 0, told[^1].LastPath), done);
        Assert.Equal(34, told.Count);
        Assert.Equal(60, told[0].Created);
        Assert.Equal(2_000, await _client.GetAllChildrenNumberAsync("/b") + 1);
        Assert.Equal(1_234, BitConverter.ToInt32((await _client.GetDataAsync("/b/030/1234")).Data.Span));
    }

    [Fact]
    public async Task A_bulk_load_that_failed_goes_on_where_it_ended()
    {
        var nodes = Enumerable.Range(0, 1_000).Select(i => new BulkNode(i == 0 ? "/b" : string.Create(CultureInfo.InvariantCulture, $"/b/{i}"), new byte[] { 1, 2 })).ToList();
        await _client.CreateAsync("/b", new byte[] { 1, 2 });
        await _client.CreateAsync("/b/250", new byte[] { 1, 2 });
        await _client.CreateAsync("/b/777", new byte[] { 3 });
        var options = new BulkLoadOptions { MaxNodesPerBatch = 50, MaxInFlight = 1 };
        var refused = await Assert.ThrowsAsync<BulkLoadException>(() => _client.BulkLoadAsync(nodes.ToAsyncEnumerable(), options));
        Assert.IsType<NodeExistsException>(refused.InnerException);
        Assert.Equal(3, await _client.GetAllChildrenNumberAsync("/b") + 1);

        options = options with { Existing = ExistingNodes.SkipSame };
        var other = await Assert.ThrowsAsync<BulkLoadException>(() => _client.BulkLoadAsync(nodes.ToAsyncEnumerable(), options));
        Assert.Contains("/b/777 is there with other data", other.Message, StringComparison.Ordinal);
        Assert.Equal((748, 2), (other.Progress.Created, other.Progress.Skipped));
        await _client.SetDataAsync("/b/777", new byte[] { 1, 2 });

        var done = await _client.BulkLoadAsync(nodes.ToAsyncEnumerable(), options with { MaxInFlight = 8 });
        Assert.Equal(1_000, done.Created + done.Skipped);
        Assert.Equal(999, await _client.GetAllChildrenNumberAsync("/b"));
    }

    [Fact]
    public async Task A_bulk_load_keeps_or_replaces_what_is_there()
    {
        var nodes = Enumerable.Range(0, 300).Select(i => new BulkNode(i == 0 ? "/b" : string.Create(CultureInfo.InvariantCulture, $"/b/{i}"), new byte[] { 1 }, i == 7 ? AclList.ReadOnly : null)).ToList();
        await LoadAsync(["/b", "/b/7", "/b/8", "/b/299"]);
        await _client.SetDataAsync("/b/299", new byte[] { 1 });
        var options = new BulkLoadOptions { MaxNodesPerBatch = 40, Existing = ExistingNodes.Keep };
        var kept = await _client.BulkLoadAsync(nodes.ToAsyncEnumerable(), options);
        Assert.Equal((296, 4, 0), (kept.Created, kept.Skipped, kept.Replaced));
        Assert.Equal((0, AclList.Open), ((await _client.GetDataAsync("/b/7")).Data.Length, (await _client.GetAclAsync("/b/7")).Acl));

        await _client.DeleteAsync("/b/200");
        var replaced = await _client.BulkLoadAsync(nodes.ToAsyncEnumerable(), options with { Existing = ExistingNodes.Replace });
        Assert.Equal((1, 296, 3), (replaced.Created, replaced.Skipped, replaced.Replaced));
        foreach (var path in new[] { "/b", "/b/7", "/b/8", "/b/200", "/b/299" })
        {
            var node = await _client.GetNodeAsync(path);
            Assert.Equal((1, path == "/b/7" ? AclList.ReadOnly : AclList.Open), (node.Data.Span[0], node.Acl));
        }
    }

    [Fact]
    public async Task A_bulk_load_creates_containers_and_TTL_nodes_and_a_client_learns_what_a_node_is()
    {
        var week = TimeSpan.FromDays(7);
        await _client.BulkLoadAsync(new BulkNode[] { new("/p"), new("/c", new byte[] { 1 }, Kind: NodeKind.Container), new("/c/t", Acl: AclList.ReadOnly, Kind: NodeKind.Ttl, TimeToLive: week) }.ToAsyncEnumerable());
        await _client.CreateAsync("/e", mode: CreateMode.Ephemeral);
        (string, NodeKind, TimeSpan?, long)[] kinds = [("/p", NodeKind.Persistent, null, 0), ("/c", NodeKind.Container, null, 0), ("/c/t", NodeKind.Ttl, week, 0), ("/e", NodeKind.Ephemeral, null, _client.SessionId)];
        foreach (var (path, kind, timeToLive, owner) in kinds)
        {
            var node = await _client.GetNodeAsync(path);
            Assert.Equal((kind, timeToLive, owner), (node.Kind, node.TimeToLive, node.Stat.EphemeralOwner));
            Assert.Equal((await _client.GetDataAsync(path)).Data.ToArray(), node.Data.ToArray());
            Assert.Equal((await _client.GetAclAsync(path)).Acl, node.Acl);
            Assert.Equal(await _client.ExistsAsync(path), node.Stat);
        }

        await Assert.ThrowsAsync<NoNodeException>(() => _client.GetNodeAsync("/missing"));
        var ephemeral = await Assert.ThrowsAsync<ArgumentException>(() => _client.BulkLoadAsync(new BulkNode[] { new("/f", Kind: NodeKind.Ephemeral) }.ToAsyncEnumerable()));
        Assert.Contains("/f is of kind Ephemeral", ephemeral.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_bulk_load_was_given_before_its_source_failed_is_created_and_counts()
    {
        var told = new List<BulkLoadProgress>();
        await _client.CreateAsync("/b");
        var fault = await Assert.ThrowsAsync<FormatException>(() => _client.BulkLoadAsync(NodesAsync(), new BulkLoadOptions { MaxNodesPerBatch = 30, Existing = ExistingNodes.SkipSame }, new Told(told)));
        Assert.Equal("line 101", fault.Message);
        Assert.Equal((99, 1), (told[^1].Created, told[^1].Skipped));
        Assert.Equal(99, await _client.GetAllChildrenNumberAsync("/b"));

        static async IAsyncEnumerable<BulkNode> NodesAsync()
        {
            for (var i = 0; i < 100; i++)
            {
                await Task.Yield();
                yield return new BulkNode(i == 0 ? "/b" : string.Create(CultureInfo.InvariantCulture, $"/b/{i}"));
            }

            throw new FormatException("line 101");
        }
    }

    [Fact]
    public async Task A_bulk_load_that_ends_early_counts_the_batches_that_were_done_beside_the_one_that_failed()
    {
        var nodes = Enumerable.Range(0, 400).Select(i => new BulkNode(i == 150 ? "/missing/x" : i == 0 ? "/b" : string.Create(CultureInfo.InvariantCulture, $"/b/{i}"))).ToList();
        var error = await Assert.ThrowsAsync<BulkLoadException>(() => _client.BulkLoadAsync(nodes.ToAsyncEnumerable(), new BulkLoadOptions { MaxNodesPerBatch = 50, MaxInFlight = 8 }));
        Assert.Equal("/missing/x", error.Node!.Path);
        Assert.Equal(350, error.Progress.Created);
        Assert.Equal(349, await _client.GetAllChildrenNumberAsync("/b"));
    }

    [Fact]
    public async Task A_bulk_load_says_what_is_wrong_with_it()
    {
        var error = await Assert.ThrowsAsync<BulkLoadException>(() => _client.BulkLoadAsync(new[] { new BulkNode("/x/y") }.ToAsyncEnumerable()));
        Assert.Contains("the parent of /x/y is missing: give parents before their children", error.Message, StringComparison.Ordinal);
        var range = await Assert.ThrowsAsync<ArgumentException>(() => _client.BulkLoadAsync(AsyncEnumerable.Empty<BulkNode>(), new BulkLoadOptions { MaxInFlight = 0 }));
        Assert.Contains("MaxInFlight is 0: choose 1 to 128", range.Message, StringComparison.Ordinal);
        Assert.Equal(new BulkLoadProgress(0, 0, null), await _client.BulkLoadAsync(AsyncEnumerable.Empty<BulkNode>()));
    }

    private async Task LoadAsync(IEnumerable<string> paths)
    {
        foreach (var path in paths)
        {
            _ = _client.CreateAsync(path);
        }

        await _client.SyncAsync();
    }

    private static async Task<List<string>> ListAsync(IAsyncEnumerable<string> listed)
    {
        var list = new List<string>();
        await foreach (var item in listed)
        {
            list.Add(item);
        }

        return list;
    }

    private sealed class Told(List<BulkLoadProgress> told) : IProgress<BulkLoadProgress>
    {
        public void Report(BulkLoadProgress value) => told.Add(value);
    }
}

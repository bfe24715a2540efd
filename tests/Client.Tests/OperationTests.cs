using System.Text;
using GrainKeeper.Client.Errors;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Watches;

namespace GrainKeeper.Client.Tests;

/// <summary>Every operation against a real replica.</summary>
public sealed class OperationTests : IAsyncLifetime
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
    public async Task A_node_is_created_read_replaced_listed_and_deleted()
    {
        var created = await _client.CreateAsync("/a", "one"u8.ToArray());
        Assert.Equal(("/a", 0, 3), (created.Path, created.Stat.Version, created.Stat.DataLength));
        var read = await _client.GetDataAsync("/a");
        Assert.Equal("one", Encoding.UTF8.GetString(read.Data.Span));
        Assert.Equal(created.Stat, read.Stat);

        var replaced = await _client.SetDataAsync("/a", "second"u8.ToArray(), version: 0);
        Assert.Equal((1, 6), (replaced.Version, replaced.DataLength));
        await _client.CreateAsync("/a/b");
        Assert.Equal(["b"], (await _client.GetChildrenAsync("/a")).Names);
        Assert.Equal(1, (await _client.ExistsAsync("/a"))!.Value.NumChildren);
        Assert.Equal(1, await _client.GetAllChildrenNumberAsync("/a"));

        await _client.DeleteAsync("/a/b", version: 0);
        await _client.DeleteAsync("/a");
        Assert.Null(await _client.ExistsAsync("/a"));
        await _client.SyncAsync();
    }

    [Fact]
    public async Task Each_error_has_its_exception_with_code_and_path()
    {
        await _client.CreateAsync("/a");
        await _client.CreateAsync("/a/b");
        await _client.CreateAsync("/e", mode: CreateMode.Ephemeral);
        await AssertFailsAsync<NoNodeException>(ErrorCode.NoNode, "/x", () => _client.GetDataAsync("/x"));
        await AssertFailsAsync<NodeExistsException>(ErrorCode.NodeExists, "/a", () => _client.CreateAsync("/a"));
        await AssertFailsAsync<BadVersionException>(ErrorCode.BadVersion, "/a", () => _client.SetDataAsync("/a", default, version: 9));
        await AssertFailsAsync<NotEmptyException>(ErrorCode.NotEmpty, "/a", () => _client.DeleteAsync("/a"));
        await AssertFailsAsync<NoChildrenForEphemeralsException>(ErrorCode.NoChildrenForEphemerals, "/e/x", () => _client.CreateAsync("/e/x"));
        await AssertFailsAsync<InvalidAclException>(ErrorCode.InvalidAcl, "/a", () => _client.SetAclAsync("/a", new AclList([])));
        await AssertFailsAsync<NoWatcherException>(ErrorCode.NoWatcher, "/a", () => _client.RemoveWatchesAsync("/a"));
        await AssertFailsAsync<BadArgumentsException>(ErrorCode.BadArguments, "/zookeeper", () => _client.DeleteAsync("/zookeeper"));
        await _client.SetAclAsync("/a", AclList.ReadOnly);
        await AssertFailsAsync<NoAuthException>(ErrorCode.NoAuth, "/a", () => _client.SetDataAsync("/a", default));
    }

    [Fact]
    public async Task All_kinds_of_nodes_can_be_created()
    {
        Assert.Equal("/s-0000000000", (await _client.CreateAsync("/s-", mode: CreateMode.PersistentSequential)).Path);
        Assert.Equal("/0000000001", (await _client.CreateAsync("/", mode: CreateMode.EphemeralSequential)).Path);
        Assert.Equal(_client.SessionId, (await _client.CreateAsync("/e", mode: CreateMode.Ephemeral)).Stat.EphemeralOwner);
        Assert.Equal(["/0000000001", "/e"], (await _client.GetEphemeralsAsync()).Order());
        await _client.CreateAsync("/c", mode: CreateMode.Container);
        await _client.CreateAsync("/t", mode: CreateMode.PersistentTtl, timeToLive: TimeSpan.FromMilliseconds(100));
        await _client.CreateAsync("/c/child");
        await _client.DeleteAsync("/c/child");
        await Waiting.UntilAsync(() => Children("/").Intersect(["c", "t"]).Any() == false, "container and TTL node to be collected");

        Assert.Throws<ArgumentException>(() => { _ = _client.CreateAsync("/x", mode: CreateMode.PersistentTtl); });
        Assert.Throws<ArgumentException>(() => { _ = _client.CreateAsync("/x", timeToLive: TimeSpan.FromSeconds(1)); });
    }

    [Fact]
    public async Task A_multi_is_carried_out_whole_or_not_at_all()
    {
        var done = await _client.MultiAsync(
        [
            new TreeOperation.Create("/m", "1"u8.ToArray()),
            new TreeOperation.SetData("/m", "22"u8.ToArray(), 0),
            new TreeOperation.Create("/m/s-", default, CreateMode.PersistentSequential),
            new TreeOperation.Check("/m", 1),
            new TreeOperation.Delete("/m/s-0000000000"),
        ]);
        Assert.True(done.Succeeded);
        Assert.Equal(-1, done.FailedAt);
        Assert.Equal(["/m", null, "/m/s-0000000000", null, null], done.Results.Select(r => r.Path));
        Assert.Equal(2, done.Results[1].Stat!.Value.DataLength);

        var failed = await _client.MultiAsync(
            [new TreeOperation.Create("/n", default), new TreeOperation.Check("/m", 7), new TreeOperation.Delete("/m")]);
        Assert.Equal((false, 1), (failed.Succeeded, failed.FailedAt));
        Assert.Equal([ErrorCode.Ok, ErrorCode.BadVersion, ErrorCode.RuntimeInconsistency], failed.Results.Select(r => r.Error));
        Assert.Null(await _client.ExistsAsync("/n"));
    }

    [Fact]
    public async Task Identities_open_what_acls_close()
    {
        await _client.AddAuthAsync("digest", "anna:secret"u8.ToArray());
        Assert.Contains(new ClientIdentity("digest", "anna"), await _client.WhoAmIAsync());
        await _client.CreateAsync("/mine", acl: new AclList([new AclEntry(Permissions.All, "auth", string.Empty)]));
        Assert.StartsWith("anna:", (await _client.GetAclAsync("/mine")).Acl[0].Id, StringComparison.Ordinal);

        await using var stranger = await _replica.ConnectAsync();
        await Assert.ThrowsAsync<NoAuthException>(() => stranger.GetDataAsync("/mine"));
        await stranger.AddAuthAsync("digest", "anna:secret"u8.ToArray());
        await stranger.GetDataAsync("/mine");
    }

    [Fact]
    public async Task Refused_credentials_end_the_client()
    {
        await using var client = await _replica.ConnectAsync();
        await Assert.ThrowsAsync<AuthFailedException>(() => client.AddAuthAsync("nonsense", new byte[3]).WaitAsync(TimeSpan.FromSeconds(30)));
        await Waiting.UntilAsync(() => client.State == ClientState.AuthFailed, "the state");
        await Assert.ThrowsAsync<AuthFailedException>(() => client.GetDataAsync("/"));
    }

    [Fact]
    public async Task Watches_fire_once_persistent_ones_until_they_are_removed()
    {
        var events = new List<(string Watch, WatchEventType Type, string Path)>();
        Action<WatchEvent> Note(string watch) => e =>
        {
            lock (events)
            {
                events.Add((watch, e.Type, e.Path));
            }
        };
        await _client.CreateAsync("/w");
        await _client.GetDataAsync("/w", Note("data"));
        await _client.ExistsAsync("/w/new", Note("exist"));
        await _client.GetChildrenAsync("/w", Note("child"));
        var persistent = await _client.AddWatchAsync("/w", WatchMode.Persistent, Note("persistent"));
        await using var recursive = await _client.AddWatchAsync("/w", WatchMode.PersistentRecursive, Note("recursive"));

        await _client.SetDataAsync("/w", default);
        await _client.SetDataAsync("/w", default);
        await _client.CreateAsync("/w/new");
        await persistent.DisposeAsync();
        await _client.DeleteAsync("/w/new");

        await Waiting.UntilAsync(
            () =>
            {
                lock (events)
                {
                    return events.Count >= 10;
                }
            },
            "ten events");
        (string, WatchEventType, string)[] expected =
        [
            ("child", WatchEventType.NodeChildrenChanged, "/w"),
            ("data", WatchEventType.NodeDataChanged, "/w"),
            ("exist", WatchEventType.NodeCreated, "/w/new"),
            ("persistent", WatchEventType.NodeChildrenChanged, "/w"),
            ("persistent", WatchEventType.NodeDataChanged, "/w"),
            ("persistent", WatchEventType.NodeDataChanged, "/w"),
            ("recursive", WatchEventType.NodeCreated, "/w/new"),
            ("recursive", WatchEventType.NodeDataChanged, "/w"),
            ("recursive", WatchEventType.NodeDataChanged, "/w"),
            ("recursive", WatchEventType.NodeDeleted, "/w/new"),
        ];
        Assert.Equal(expected.Order(), events.Order());
    }

    [Fact]
    public async Task With_a_chroot_the_client_sees_a_part_of_the_tree()
    {
        await _client.CreateAsync("/app");
        await using var inside = await _replica.ConnectAsync(LoopbackReplica.Options("one:1/app"));
        var happened = new TaskCompletionSource<WatchEvent>();
        await inside.ExistsAsync("/x", happened.SetResult);
        Assert.Equal("/x", (await inside.CreateAsync("/x", mode: CreateMode.Ephemeral)).Path);
        Assert.Equal(["x"], (await inside.GetChildrenAsync("/")).Names);
        Assert.Equal(["/x"], await inside.GetEphemeralsAsync());
        Assert.Equal("/y", (await inside.MultiAsync([new TreeOperation.Create("/y", default)])).Results[0].Path);
        Assert.Equal(["x", "y"], Children("/app").Order());
        Assert.Equal("/x", (await happened.Task.WaitAsync(TimeSpan.FromSeconds(30))).Path);
    }

    [Fact]
    public async Task Operations_that_are_not_awaited_one_by_one_keep_their_order()
    {
        await _client.CreateAsync("/n");
        var writes = Enumerable.Range(0, 2_000).Select(i => _client.SetDataAsync("/n", Encoding.UTF8.GetBytes($"{i}"), version: i)).ToList();
        var read = _client.GetDataAsync("/n");
        Assert.Equal(Enumerable.Range(1, 2_000), (await Task.WhenAll(writes)).Select(s => s.Version));
        Assert.Equal("1999", Encoding.UTF8.GetString((await read).Data.Span));
    }

    [Fact]
    public async Task Requests_that_are_too_large_are_refused_before_they_are_sent()
    {
        var error = await Assert.ThrowsAsync<BadArgumentsException>(() => _client.CreateAsync("/big", new byte[2_000_000]));
        Assert.Contains("MaxFrame", error.Message, StringComparison.Ordinal);
        await _client.CreateAsync("/fits", new byte[1_000_000]);
    }

    [Fact]
    public async Task Trees_are_listed_created_and_deleted()
    {
        var trees = new TreeDirectory(_client);
        Assert.Equal(["root"], await trees.ListAsync());
        await Assert.ThrowsAsync<NoAuthException>(() => trees.CreateAsync("orders"));
        await _client.AddAuthAsync("digest", "super:administrator"u8.ToArray());
        await trees.CreateAsync("orders");
        await trees.CreateAsync("audit");
        Assert.Equal(["root", "audit", "orders"], await trees.ListAsync());
        await Assert.ThrowsAsync<NodeExistsException>(() => trees.CreateAsync("audit"));
        await trees.DeleteAsync("audit");
        Assert.Equal(["root", "orders"], await trees.ListAsync());
        await Assert.ThrowsAsync<ArgumentException>(() => trees.CreateAsync("root"));
        await Assert.ThrowsAsync<ArgumentException>(() => trees.CreateAsync("No"));
    }

    private List<string> Children(string path) => [.. _client.GetChildrenAsync(path).WaitAsync(TimeSpan.FromSeconds(30)).GetAwaiter().GetResult().Names];

    private static async Task AssertFailsAsync<T>(ErrorCode code, string path, Func<Task> operation)
        where T : GrainKeeperException
    {
        var error = await Assert.ThrowsAsync<T>(operation);
        Assert.Equal((code, path), (error.Code, error.Path));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }
}

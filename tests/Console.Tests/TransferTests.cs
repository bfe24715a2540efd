using System.Text.Json;
using GrainKeeper.Client;
using GrainKeeper.Client.Tests;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Console.Tests;

/// <summary>Export and import against a real silo.</summary>
public sealed class TransferTests(SharedSilo silo) : IClassFixture<SharedSilo>, IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gk-transfer-").FullName;
    private string _servers = string.Empty;
    private GrainKeeperClient _client = null!;

    private string File => Path.Combine(_folder, "tree.jsonl");

    public async Task InitializeAsync()
    {
        _servers = await silo.NewChrootAsync();
        _client = await GrainKeeperClient.ConnectAsync(silo.Options(_servers));
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task What_was_exported_comes_back_with_data_and_acls_but_without_ephemeral_nodes()
    {
        await _client.CreateAsync("/a", new byte[] { 0, 255, 10, 13 });
        await _client.CreateAsync("/a/read only", "x"u8.ToArray(), acl: AclList.ReadOnly);
        await _client.CreateAsync("/a/ürgend", default);
        await _client.CreateAsync("/a/gone", "x"u8.ToArray(), CreateMode.Ephemeral);
        await CreateManyAsync("/a/many", 700);
        Assert.Equal((0, $"704 nodes in {File}; 1 ephemeral nodes left out\n", string.Empty), await GkAsync("export", "/a", File));
        Assert.Equal(2, (await GkAsync("export", "/a", File)).Code);
        Assert.Equal([Path.GetFileName(File)], Directory.EnumerateFiles(_folder).Select(f => Path.GetFileName(f)));

        Assert.Equal((0, "704 nodes created\n", string.Empty), await GkAsync("import", File, "--to", "/b"));
        Assert.Equal(await StateAsync("/a"), await StateAsync("/b"));
        Assert.Equal(AclList.ReadOnly, (await _client.GetAclAsync("/b/read only")).Acl);
        Assert.Equal((0, "704 nodes created\n", string.Empty), await GkAsync("import", File, "--to", "/c", "-o", "table"));
        Assert.Equal((0, "0 nodes created, 704 were there already\n", string.Empty), await GkAsync("import", File));
    }

    [Fact]
    public async Task An_import_that_was_interrupted_goes_on()
    {
        await CreateManyAsync("/a", 600);
        await GkAsync("export", "/a", File);
        var lines = await System.IO.File.ReadAllLinesAsync(File);
        var cut = Path.Combine(_folder, "cut.jsonl");
        await System.IO.File.WriteAllLinesAsync(cut, lines[..300]);
        var (code, _, error) = await GkAsync("import", cut, "--to", "/b");
        Assert.Equal(1, code);
        Assert.Contains("the file ends after 299 nodes without its last line", error, StringComparison.Ordinal);
        Assert.Contains("299 nodes created so far; run it again to go on", error, StringComparison.Ordinal);
        Assert.Equal((0, "302 nodes created, 299 were there already\n", string.Empty), await GkAsync("import", File, "--to", "/b"));
        Assert.Equal(await StateAsync("/a"), await StateAsync("/b"));
    }

    [Fact]
    public async Task A_node_that_differs_stops_the_import_is_kept_or_is_replaced()
    {
        await CreateManyAsync("/a", 3);
        await GkAsync("export", "/a", File);
        await _client.SetDataAsync("/a/1", "other"u8.ToArray());
        await _client.SetAclAsync("/a/2", AclList.ReadOnly);
        await _client.DeleteAsync("/a/0");
        var (code, _, error) = await GkAsync("import", File);
        Assert.Equal(1, code);
        Assert.Contains("import: /a/1 is there with other data", error, StringComparison.Ordinal);
        Assert.Equal((0, "1 nodes created, 3 kept\n", string.Empty), await GkAsync("import", File, "--existing", "keep"));
        Assert.Equal("other"u8.ToArray(), (await _client.GetDataAsync("/a/1")).Data.ToArray());
        var (replaced, output, _) = await GkAsync("--auth", TestSilo.Administrator, "import", File, "--existing", "replace", "-o", "json");
        Assert.Equal(0, replaced);
        using var told = JsonDocument.Parse(output);
        Assert.Equal((2, 2), (told.RootElement.GetProperty("replaced").GetInt32(), told.RootElement.GetProperty("same").GetInt32()));
        Assert.Equal("1"u8.ToArray(), (await _client.GetDataAsync("/a/1")).Data.ToArray());
        Assert.Equal(AclList.Open, (await _client.GetAclAsync("/a/2")).Acl);
    }

    [Fact]
    public async Task Containers_and_nodes_with_a_time_to_live_come_back_as_what_they_were()
    {
        await _client.CreateAsync("/a", mode: CreateMode.Container);
        await _client.CreateAsync("/a/t", "x"u8.ToArray(), CreateMode.PersistentTtl, new AclList([new AclEntry(Permissions.Read | Permissions.Create, "world", "anyone")]), TimeSpan.FromMilliseconds(86_400_001));
        await _client.CreateAsync("/a/t/p");
        Assert.Equal((0, $"3 nodes in {File}\n", string.Empty), await GkAsync("export", "/a", File));
        var lines = await System.IO.File.ReadAllLinesAsync(File);
        Assert.Equal(
            ["""{"path":"/","kind":"container"}""", """{"path":"/t","data":"eA==","acl":[{"perms":"cr","scheme":"world","id":"anyone"}],"kind":"ttl","ttlMs":86400001}""", """{"path":"/t/p"}"""], lines[1..4]);

        Assert.Equal((0, "3 nodes created\n", string.Empty), await GkAsync("import", File, "--to", "/b"));
        Assert.Equal(["Container -", "Ttl 86400001", "Persistent -"], await KindsAsync("/b", "/b/t", "/b/t/p"));
        Assert.Equal(await StateAsync("/a"), await StateAsync("/b"));
        Assert.Equal((0, "3 nodes created\n", string.Empty), await GkAsync("import", File, "--to", "/c", "--persistent"));
        Assert.Equal(["Persistent -", "Persistent -", "Persistent -"], await KindsAsync("/c", "/c/t", "/c/t/p"));
        Assert.Equal(await StateAsync("/a"), await StateAsync("/c"));
        Assert.Equal((0, "0 nodes created, 3 were there already\n", string.Empty), await GkAsync("import", File, "--to", "/c"));
        Assert.Equal("Persistent -", Assert.Single(await KindsAsync("/c/t")));
    }

    [Fact]
    public async Task Where_servers_allow_no_time_to_live_the_import_names_the_node_and_the_remedy()
    {
        await using var strict = await TestSilo.StartNewAsync(ttlNodes: false);
        await _client.CreateAsync("/a");
        await _client.CreateAsync("/a/t", mode: CreateMode.PersistentTtl, timeToLive: TimeSpan.FromHours(1));
        await GkAsync("export", "/a", File);
        var (code, _, error) = await Gk.RunAsync(strict, ["import", File]);
        Assert.Equal(1, code);
        Assert.Contains("node /t of the file could not be created: it has a time to live, and these servers allow none", error, StringComparison.Ordinal);
        Assert.Contains("or import with --persistent", error, StringComparison.Ordinal);
        Assert.Contains("0 nodes created so far; run it again to go on", error, StringComparison.Ordinal);
        Assert.Equal((0, "2 nodes created\n", string.Empty), await Gk.RunAsync(strict, ["import", File, "--persistent"]));
    }

    [Fact]
    public async Task Exports_of_the_first_format_are_read()
    {
        await System.IO.File.WriteAllTextAsync(File, Header + "{\"path\":\"/\"}\n{\"path\":\"/x\",\"data\":\"eA==\"}\n{\"gk\":\"end\",\"nodes\":2,\"ephemerals\":0,\"unreadable\":0}\n");
        Assert.Contains("\"version\":1,", Header, StringComparison.Ordinal);
        Assert.Equal((0, "2 nodes created\n", string.Empty), await GkAsync("import", File, "--to", "/a"));
        Assert.Equal(["Persistent -", "Persistent -"], await KindsAsync("/a", "/a/x"));
        Assert.Equal("x"u8.ToArray(), (await _client.GetDataAsync("/a/x")).Data.ToArray());
    }

    [Fact]
    public async Task An_import_that_fails_names_the_node_and_tells_how_many_were_created()
    {
        await CreateManyAsync("/a", 700);
        await GkAsync("export", "/a", File);
        var lines = await System.IO.File.ReadAllLinesAsync(File);
        lines[650] = "{\"path\":\"/missing/x\"}";
        await System.IO.File.WriteAllLinesAsync(File, lines);
        var (code, _, error) = await GkAsync("import", File, "--to", "/b");
        Assert.Equal(1, code);
        Assert.Contains("import: node /missing/x of the file could not be created: its parent is not there", error, StringComparison.Ordinal);
        Assert.Contains("500 nodes created so far; run it again to go on", error, StringComparison.Ordinal);
        Assert.Equal(499, await _client.GetAllChildrenNumberAsync("/b"));
        lines[650] = "{\"path\":\"/x\"}";
        await System.IO.File.WriteAllLinesAsync(File, lines);
        Assert.Equal((0, "201 nodes created, 500 were there already\n", string.Empty), await GkAsync("import", File, "--to", "/b"));
    }

    [Fact]
    public async Task Nodes_that_may_not_be_read_are_counted_and_named()
    {
        await _client.CreateAsync("/a");
        await _client.CreateAsync("/a/secret", acl: new AclList([new AclEntry(Permissions.All, "digest", "joe:hash")]));
        var (code, output, error) = await GkAsync("export", "/", "-");
        Assert.Equal(1, code);
        Assert.Contains("/a/secret is one", error, StringComparison.Ordinal);
        Assert.EndsWith("{\"gk\":\"end\",\"nodes\":2,\"ephemerals\":0,\"unreadable\":1}\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_servers_own_nodes_are_not_exported()
    {
        var all = await SharedSilo.RunAsync(_servers[.._servers.IndexOf('/', StringComparison.Ordinal)], ["export", "/", "-"]);
        Assert.Contains("{\"path\":\"/test-", all.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\"/zookeeper", all.Output, StringComparison.Ordinal);
        Assert.Contains("\"path\":\"/quota\"", (await SharedSilo.RunAsync(_servers[.._servers.IndexOf('/', StringComparison.Ordinal)], ["export", "/zookeeper", "-"])).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("{}", "the first line is not that of an export")]
    [InlineData("no json", "line 1 is no JSON")]
    [InlineData("{\"gk\":\"export\",\"version\":3,\"tree\":\"root\",\"from\":\"/\",\"time\":\"\",\"zxid\":\"\"}", "format version 3")]
    [InlineData(Header + "{\"path\":\"a\"}", "line 2: path 'a' does not begin with /")]
    [InlineData(Header + "{\"path\":\"/a\",\"data\":\"%\"}", "line 2: ")]
    [InlineData(Header + "{\"path\":\"/a\",\"color\":\"red\"}", "line 2: ")]
    [InlineData(Header + "{\"path\":\"/a\",\"acl\":[{\"perms\":\"x\",\"scheme\":\"world\",\"id\":\"anyone\"}]}\n{\"gk\":\"end\",\"nodes\":1,\"ephemerals\":0,\"unreadable\":0}", "node /a: 'x' is no permission")]
    [InlineData(Header + "{\"path\":\"/a\",\"kind\":\"ephemeral\"}", "node /a: kind 'ephemeral' with ttlMs '' is none")]
    [InlineData(Header + "{\"path\":\"/a\",\"kind\":\"ttl\"}", "node /a: kind 'ttl' with ttlMs '' is none")]
    [InlineData(Header + "{\"path\":\"/a\",\"kind\":\"ttl\",\"ttlMs\":0}", "node /a: kind 'ttl' with ttlMs '0' is none")]
    [InlineData(Header + "{\"path\":\"/a\",\"ttlMs\":5}", "node /a: kind '' with ttlMs '5' is none")]
    [InlineData(Header + "{\"gk\":\"end\",\"nodes\":1,\"ephemerals\":0,\"unreadable\":0}", "nodes are missing, or were added")]
    public async Task A_file_that_is_no_sound_export_is_refused_with_the_place(string text, string problem)
    {
        await System.IO.File.WriteAllTextAsync(File, text);
        var (code, _, error) = await GkAsync("import", File);
        Assert.Equal(1, code);
        Assert.Contains(problem, error, StringComparison.Ordinal);
    }

    private const string Header = "{\"gk\":\"export\",\"version\":1,\"tree\":\"root\",\"from\":\"/\",\"time\":\"\",\"zxid\":\"\"}\n";

    private async Task CreateManyAsync(string parent, int count)
    {
        await _client.CreateAsync(parent);
        await Task.WhenAll(Enumerable.Range(0, count).Select(i => _client.CreateAsync($"{parent}/{i}", System.Text.Encoding.UTF8.GetBytes($"{i}"))));
    }

    /// <summary>All nodes below one that are to be exported, each with its data and ACL, sorted.</summary>
    private async Task<List<string>> StateAsync(string top)
    {
        var found = new List<string>();
        var pending = new Stack<string>([top]);
        while (pending.TryPop(out var path))
        {
            var node = await _client.GetDataAsync(path);
            if (node.Stat.EphemeralOwner == 0)
            {
                found.Add($"{path[top.Length..]} {Convert.ToHexString(node.Data.Span)} {(await _client.GetAclAsync(path)).Acl}");
                foreach (var name in (await _client.GetChildrenAsync(path)).Names)
                {
                    pending.Push($"{path}/{name}");
                }
            }
        }

        found.Sort(StringComparer.Ordinal);
        return found;
    }

    private async Task<List<string>> KindsAsync(params string[] paths)
    {
        var nodes = await Task.WhenAll(paths.Select(p => _client.GetNodeAsync(p)));
        return [.. nodes.Select(n => $"{n.Kind} {n.TimeToLive?.TotalMilliseconds.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "-"}")];
    }

    private Task<(int Code, string Output, string Error)> GkAsync(params string[] args) => SharedSilo.RunAsync(_servers, args);
}

using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Tests.Replica;

public class WriteTests
{
    private const int Ephemeral = 1;
    private const int Sequential = 2;
    private readonly TestEnsemble _ensemble = new(3);
    private readonly TestClient _client;

    public WriteTests()
    {
        _client = new TestClient(_ensemble.Follower).Connect();
        _client.Create("/p", "data");
        _client.Create("/p/child");
        _client.Create("/e", flags: Ephemeral);
        Assert.Equal(ErrorCode.Ok, _client.Error(OpCode.Create, Frames.Create("/locked", acl: AclList.ReadOnly)));
        Assert.Equal(ErrorCode.Ok, _client.Error(OpCode.Create, Frames.Create("/open")));
        Assert.Equal(ErrorCode.Ok, _client.Error(OpCode.Create, Frames.Create("/open/secret", acl: Frames.Acl(Permissions.Create, "world", "anyone"))));
    }

    [Theory]
    [InlineData("/p", 0, ErrorCode.NodeExists)]
    [InlineData("/", 0, ErrorCode.NodeExists)]
    [InlineData("/missing/x", 0, ErrorCode.NoNode)]
    [InlineData("/e/x", 0, ErrorCode.NoChildrenForEphemerals)]
    [InlineData("/e/x", Sequential, ErrorCode.NoChildrenForEphemerals)]
    [InlineData("/locked/x", 0, ErrorCode.NoAuth)]
    [InlineData("/open/secret", 0, ErrorCode.NodeExists)]
    [InlineData("noslash", 0, ErrorCode.BadArguments)]
    [InlineData("", 0, ErrorCode.BadArguments)]
    [InlineData("/p/", 0, ErrorCode.BadArguments)]
    [InlineData("//x", 0, ErrorCode.BadArguments)]
    [InlineData("/p/..", 0, ErrorCode.BadArguments)]
    [InlineData("/p/\u0001", 0, ErrorCode.BadArguments)]
    [InlineData("/p/a\0b", 0, ErrorCode.BadArguments)]
    [InlineData("/x", 7, ErrorCode.BadArguments)]
    [InlineData("/x", -1, ErrorCode.BadArguments)]
    [InlineData("/x", 4, ErrorCode.BadArguments)]
    [InlineData("/x", 5, ErrorCode.BadArguments)]
    [InlineData("/zookeeper/trees/orders", 0, ErrorCode.NoAuth)]
    public void Create_fails_as_in_ZooKeeper(string path, int flags, ErrorCode expected)
    {
        foreach (var type in new[] { OpCode.Create, OpCode.Create2 })
        {
            var reply = _client.Ask(type, Frames.Create(path, "x", flags));

            Assert.Equal((expected, 0), (reply.Error, reply.Body.Length));
        }

        Assert.Equal(["e", "locked", "open", "p", "zookeeper"], _client.Children("/"));
        Assert.Equal(["child"], _client.Children("/p"));
    }

    [Theory]
    [InlineData("Upper")]
    [InlineData("root")]
    [InlineData("-first")]
    [InlineData(".first")]
    [InlineData("a b")]
    [InlineData("ü")]
    [InlineData("ephemeral", Ephemeral)]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123")]
    [InlineData("a.b_c-9", 0, ErrorCode.Ok)]
    [InlineData("012345678901234567890123456789012345678901234567890123456789012", 0, ErrorCode.Ok)]
    public void Trees_have_names_that_are_safe_everywhere(string name, int flags = 0, ErrorCode expected = ErrorCode.BadArguments)
    {
        var administrator = new TestClient(new TestEnsemble(1, new ReplicaOptions { SkipAcl = true })[1]).Connect();

        Assert.Equal(expected, administrator.Error(OpCode.Create, Frames.Create("/zookeeper/trees/" + name, flags: flags)));
    }

    [Theory]
    [InlineData("/missing", -1, ErrorCode.NoNode)]
    [InlineData("/missing/x", -1, ErrorCode.NoNode)]
    [InlineData("/p", -1, ErrorCode.NotEmpty)]
    [InlineData("/p", 3, ErrorCode.BadVersion)]
    [InlineData("/e", 1, ErrorCode.BadVersion)]
    [InlineData("/", -1, ErrorCode.BadArguments)]
    [InlineData("/zookeeper", -1, ErrorCode.BadArguments)]
    [InlineData("/zookeeper/quota", -1, ErrorCode.BadArguments)]
    [InlineData("/zookeeper/config", -1, ErrorCode.BadArguments)]
    [InlineData("/zookeeper/trees", -1, ErrorCode.BadArguments)]
    [InlineData("noslash", -1, ErrorCode.BadArguments)]
    [InlineData("/locked/missing", -1, ErrorCode.NoAuth)]
    public void Delete_fails_as_in_ZooKeeper(string path, int version, ErrorCode expected)
    {
        Assert.Equal(expected, _client.Error(OpCode.Delete, Frames.PathVersion(path, version)));
        Assert.Equal(["e", "locked", "open", "p", "zookeeper"], _client.Children("/"));
    }

    [Theory]
    [InlineData("/missing", -1, ErrorCode.NoNode)]
    [InlineData("/p", 1, ErrorCode.BadVersion)]
    [InlineData("/locked", -1, ErrorCode.NoAuth)]
    [InlineData("/locked", 9, ErrorCode.NoAuth)]
    [InlineData("bad", -1, ErrorCode.BadArguments)]
    [InlineData("/bad/", -1, ErrorCode.BadArguments)]
    public void SetData_fails_as_in_ZooKeeper(string path, int version, ErrorCode expected)
    {
        Assert.Equal(expected, _client.Error(OpCode.SetData, Frames.SetData(path, "new", version)));
        Assert.Equal("data", _client.Get("/p").Data);
    }

    [Fact]
    public void SetAcl_fails_as_in_ZooKeeper()
    {
        Assert.Equal(ErrorCode.NoNode, _client.Error(OpCode.SetAcl, Frames.SetAcl("/missing", AclList.Open)));
        Assert.Equal(ErrorCode.InvalidAcl, _client.Error(OpCode.SetAcl, Frames.SetAcl("/missing", new AclList([]))));
        Assert.Equal(ErrorCode.InvalidAcl, _client.Error(OpCode.SetAcl, Frames.SetAcl("/p", Frames.Acl(Permissions.All, "auth", ""))));
        Assert.Equal(ErrorCode.NoAuth, _client.Error(OpCode.SetAcl, Frames.SetAcl("/locked", AclList.Open)));
        Assert.Equal(ErrorCode.BadVersion, _client.Error(OpCode.SetAcl, Frames.SetAcl("/p", AclList.Open, 5)));
        Assert.Equal(ErrorCode.BadArguments, _client.Error(OpCode.SetAcl, Frames.SetAcl("/p/", AclList.Open)));
    }

    [Fact]
    public void An_invalid_acl_is_found_before_a_missing_parent() =>
        Assert.Equal(ErrorCode.InvalidAcl, _client.Error(OpCode.Create, Frames.Create("/missing/x", acl: new AclList([]))));

    [Fact]
    public void Versions_grow_and_answers_carry_the_resulting_stat()
    {
        var set = _client.Ask(OpCode.SetData, Frames.SetData("/p", "longer data", 0));
        Assert.Equal((1, 11, 1), (set.Stat.Version, set.Stat.DataLength, set.Stat.NumChildren));
        Assert.Equal(set.Stat, _client.Exists("/p").Stat);
        Assert.Equal(set.Zxid, set.Stat.Mzxid);

        var acl = _client.Ask(OpCode.SetAcl, Frames.SetAcl("/p", AclList.Open, 0));
        Assert.Equal((1, 1), (acl.Stat.Version, acl.Stat.AVersion));

        var created = _client.Ask(OpCode.Create2, Frames.Create("/p/two", "22"));
        Assert.Equal("/p/two", created.Path);
        Assert.Equal((created.Zxid, 2), (created.StatAfterString.Czxid, created.StatAfterString.DataLength));
        Assert.Equal(ErrorCode.Ok, _client.Error(OpCode.Delete, Frames.PathVersion("/p/two", 0)));
    }

    [Fact]
    public void Every_write_uses_up_a_zxid_even_when_it_fails()
    {
        var before = _client.Exists("/p").Zxid;

        Assert.Equal(before + 1, _client.Ask(OpCode.Create, Frames.Create("/p")).Zxid);
        Assert.Equal(before + 2, _client.Ask(OpCode.SetData, Frames.SetData("/p", "x", 7)).Zxid);
        Assert.Equal(before + 3, _client.Ask(OpCode.Create, Frames.Create("/q")).Zxid);
        Assert.All(_ensemble.Servers, s => Assert.Equal(before + 3, s.Core.Status.LastApplied.Value));
    }

    [Fact]
    public void Sequence_numbers_count_creates_of_the_parent_and_never_repeat()
    {
        Assert.Equal("/p/n-0000000001", _client.Create("/p/n-", flags: Sequential));
        Assert.Equal("/p/0000000002", _client.Create("/p/", flags: Sequential));
        Assert.Equal(ErrorCode.Ok, _client.Error(OpCode.Delete, Frames.PathVersion("/p/0000000002")));
        Assert.Equal("/p/e-0000000003", _client.Create("/p/e-", flags: Ephemeral | Sequential));
    }

    [Fact]
    public void Sequential_creates_before_any_commit_get_different_numbers_on_all_servers()
    {
        var clients = _ensemble.Servers.Select(s => new TestClient(s).Connect()).ToList();
        _ensemble.Servers.ForEach(s => s.DiskAnswers = false);
        foreach (var client in clients)
        {
            client.Send(OpCode.Create, Frames.Create("/open/n", flags: Sequential));
            client.Send(OpCode.Create, Frames.Create("/open/n", flags: Ephemeral | Sequential));
        }

        _ensemble.Run();
        Assert.All(clients, c => Assert.Empty(c.Received));
        _ensemble.Servers.ForEach(s => s.DiskAnswers = true);
        _ensemble.Run();
        var paths = clients.SelectMany(c => c.Received).Select(r => r.Path).Order(StringComparer.Ordinal);
        Assert.Equal(Enumerable.Range(1, 6).Select(i => $"/open/n{i:D10}"), paths);
    }

    [Fact]
    public void Writes_are_judged_by_what_is_proposed_before_them_not_by_what_is_applied()
    {
        _ensemble.Servers.ForEach(s => s.DiskAnswers = false);
        var expected = new List<string>();
        void Send(OpCode type, byte[] body, ErrorCode error) => expected.Add($"{_client.Send(type, body)}:{error}");
        Send(OpCode.Create, Frames.Create("/n"), ErrorCode.Ok);
        Send(OpCode.Create, Frames.Create("/n"), ErrorCode.NodeExists);
        Send(OpCode.Create, Frames.Create("/n/x"), ErrorCode.Ok);
        Send(OpCode.Delete, Frames.PathVersion("/n"), ErrorCode.NotEmpty);
        Send(OpCode.SetData, Frames.SetData("/n/x", "1", 0), ErrorCode.Ok);
        Send(OpCode.SetData, Frames.SetData("/n/x", "2", 0), ErrorCode.BadVersion);
        Send(OpCode.SetData, Frames.SetData("/n/x", "3", 1), ErrorCode.Ok);
        Send(OpCode.Delete, Frames.PathVersion("/n/x", 2), ErrorCode.Ok);
        Send(OpCode.SetData, Frames.SetData("/n/x", "4"), ErrorCode.NoNode);
        Send(OpCode.SetAcl, Frames.SetAcl("/n", AclList.ReadOnly), ErrorCode.Ok);
        Send(OpCode.Create, Frames.Create("/n/y"), ErrorCode.NoAuth);
        Send(OpCode.Delete, Frames.PathVersion("/n"), ErrorCode.Ok);
        Send(OpCode.Exists, Frames.PathWatch("/n"), ErrorCode.NoNode);
        _client.Received.Clear();
        _ensemble.Run();
        Assert.Empty(_client.Received);

        _ensemble.Servers.ForEach(s => s.DiskAnswers = true);
        _ensemble.Run();
        Assert.Equal(expected, _client.Take());
    }

    [Fact]
    public void Null_data_stays_null()
    {
        Assert.Equal(ErrorCode.Ok, _client.Error(OpCode.Create, Frames.Create("/null", data: null)));
        var reader = new JuteReader(_client.Get("/null").Body);
        reader.ReadBuffer(out var isNull);

        Assert.True(isNull);
    }

    [Fact]
    public void Ttl_nodes_need_a_ttl_in_range_and_the_operation_that_has_one()
    {
        Assert.Equal(ErrorCode.Ok, _client.Error(OpCode.CreateTtl, Frames.Create("/t1", flags: 5, ttl: 1)));
        Assert.Equal(ErrorCode.Ok, _client.Error(OpCode.CreateTtl, Frames.Create("/t2-", flags: 6, ttl: (1L << 40) - 1)));
        Assert.Equal(ErrorCode.BadArguments, _client.Error(OpCode.CreateTtl, Frames.Create("/t", flags: 5, ttl: 0)));
        Assert.Equal(ErrorCode.BadArguments, _client.Error(OpCode.CreateTtl, Frames.Create("/t", flags: 5, ttl: -1)));
        Assert.Equal(ErrorCode.BadArguments, _client.Error(OpCode.CreateTtl, Frames.Create("/t", flags: 5, ttl: 1L << 40)));
        Assert.Equal(ErrorCode.BadArguments, _client.Error(OpCode.CreateTtl, Frames.Create("/t", flags: 0, ttl: 10)));
        Assert.Equal(ErrorCode.BadArguments, _client.Error(OpCode.CreateContainer, Frames.Create("/c", flags: 0)));

        var without = new TestEnsemble(1, new ReplicaOptions { TtlNodes = false });
        var client = new TestClient(without[1]).Connect();
        Assert.Equal(ErrorCode.Unimplemented, client.Error(OpCode.CreateTtl, Frames.Create("/t", flags: 5, ttl: 1)));
        Assert.Null(client.ClosedFor);
    }

    [Fact]
    public void Reconfiguration_is_disabled()
    {
        var body = Frames.Bytes(w =>
        {
            w.WriteNull();
            w.WriteNull();
            w.WriteNull();
            w.WriteLong(-1);
        });

        Assert.Equal(ErrorCode.ReconfigDisabled, _client.Error(OpCode.Reconfig, body));
        Assert.Null(_client.ClosedFor);
    }

    [Fact]
    public void All_servers_hold_the_same_tree()
    {
        _client.Create("/p/n-", "x", Sequential);
        _client.Error(OpCode.Delete, Frames.PathVersion("/e"));

        Assert.Single(_ensemble.Servers.Select(s => Core.Tests.Tree.TreeText.Of(s.State.Tree)).Distinct());
    }
}

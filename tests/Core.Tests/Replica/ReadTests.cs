using System.Text;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Tests.Replica;

public class ReadTests
{
    private readonly TestEnsemble _ensemble = new(3);
    private readonly TestClient _client;

    public ReadTests() => _client = new TestClient(_ensemble.Follower).Connect();

    [Fact]
    public void Reads_of_a_missing_node_say_so()
    {
        foreach (var type in new[] { OpCode.Exists, OpCode.GetData, OpCode.GetChildren, OpCode.GetChildren2 })
        {
            Assert.Equal(ErrorCode.NoNode, _client.Error(type, Frames.PathWatch("/missing")));
        }

        Assert.Equal(ErrorCode.NoNode, _client.Error(OpCode.GetAcl, Frames.Path("/missing")));
        Assert.Equal(ErrorCode.NoNode, _client.Error(OpCode.GetAllChildrenNumber, Frames.Path("/missing")));
        Assert.Equal(ErrorCode.NoNode, _client.Error(OpCode.GetNode, Frames.Path("/missing")));
    }

    [Fact]
    public void Reads_need_READ_but_exists_needs_nothing()
    {
        _client.Ask(OpCode.Create, Frames.Create("/hidden", acl: Frames.Acl(Permissions.Write, "world", "anyone")));

        foreach (var type in new[] { OpCode.GetData, OpCode.GetChildren, OpCode.GetChildren2 })
        {
            Assert.Equal(ErrorCode.NoAuth, _client.Error(type, Frames.PathWatch("/hidden", watch: true)));
        }

        Assert.Equal(ErrorCode.NoAuth, _client.Error(OpCode.GetAcl, Frames.Path("/hidden")));
        Assert.Equal(ErrorCode.NoAuth, _client.Error(OpCode.GetAllChildrenNumber, Frames.Path("/hidden")));
        Assert.Equal(ErrorCode.NoAuth, _client.Error(OpCode.GetNode, Frames.Path("/hidden")));
        Assert.Equal(0, _ensemble.Follower.Core.Status.Watches);
        Assert.Equal(ErrorCode.Ok, _client.Exists("/hidden").Error);
    }

    [Fact]
    public void Children_and_descendants_are_counted()
    {
        foreach (var path in new[] { "/a", "/a/b", "/a/b/c", "/a/d" })
        {
            _client.Create(path);
        }

        Assert.Equal(["b", "d"], _client.Children("/a"));
        var two = _client.Ask(OpCode.GetChildren2, Frames.PathWatch("/a"));
        var reader = new JuteReader(two.Body);
        Assert.Equal(2, StringVector.Read(ref reader).Count);
        Assert.Equal(2, Stat.Read(ref reader).NumChildren);
        var all = new JuteReader(_client.Ask(OpCode.GetAllChildrenNumber, Frames.Path("/a")).Body);
        Assert.Equal(3, all.ReadInt());
    }

    [Fact]
    public void GetEphemerals_lists_the_sessions_own_by_prefix()
    {
        var other = new TestClient(_ensemble.Follower).Connect();
        _client.Create("/a");
        _client.Create("/a/e1", flags: 1);
        _client.Create("/e2", flags: 1);
        other.Create("/e3", flags: 1);

        Assert.Equal(["/a/e1", "/e2"], _client.Ask(OpCode.GetEphemerals, Frames.Path("/")).Strings);
        Assert.Equal(["/a/e1", "/e2"], _client.Ask(OpCode.GetEphemerals, Frames.Path("")).Strings);
        Assert.Equal(["/a/e1"], _client.Ask(OpCode.GetEphemerals, Frames.Path("/a")).Strings);
        Assert.Equal(["/e3"], other.Ask(OpCode.GetEphemerals, Frames.Path("/")).Strings);
    }

    [Fact]
    public void An_authenticated_client_may_do_what_its_digest_allows_on_every_server()
    {
        foreach (var server in _ensemble.Servers)
        {
            var path = $"/mine{server.Id}";
            var joe = new TestClient(server).Connect();
            Assert.Equal(ErrorCode.Ok, joe.Error(OpCode.Auth, Frames.Auth("digest", "joe:secret")));
            Assert.Equal(ErrorCode.Ok, joe.Error(OpCode.Create, Frames.Create(path, "x", acl: Frames.Acl(Permissions.All, "auth", ""))));
            Assert.Equal(ErrorCode.Ok, joe.Error(OpCode.SetData, Frames.SetData(path, "y")));
            Assert.Equal("y", joe.Get(path).Data);

            Assert.Equal(ErrorCode.NoAuth, _client.Error(OpCode.SetData, Frames.SetData(path, "z")));
            Assert.Equal(ErrorCode.NoAuth, _client.Get(path).Error);
            Assert.Equal(ErrorCode.NoAuth, _client.Error(OpCode.SetAcl, Frames.SetAcl(path, AclList.Open)));
        }
    }

    [Fact]
    public void Digests_are_masked_for_who_may_not_administer()
    {
        var joe = new TestClient(_ensemble.Follower).Connect();
        joe.Ask(OpCode.Auth, Frames.Auth("digest", "joe:secret"));
        var identity = Digest("joe:secret");
        joe.Ask(OpCode.Create, Frames.Create("/a", acl: new AclList(
            [new AclEntry(Permissions.All, "digest", identity), new AclEntry(Permissions.Read, "world", "anyone")])));

        Assert.Equal([identity, "anyone"], AclOf(joe));
        Assert.Equal(["joe:x", "anyone"], AclOf(_client));
        Assert.Equal([identity, "anyone"], AclInNode(joe));
        Assert.Equal(["joe:x", "anyone"], AclInNode(_client));

        static string[] AclInNode(TestClient client)
        {
            var reader = new JuteReader(client.Ask(OpCode.GetNode, Frames.Path("/a")).Body);
            reader.ReadBuffer();
            return [.. AclJute.ToList(AclVector.Read(ref reader)).Select(e => e.Id)];
        }

        static string[] AclOf(TestClient client)
        {
            var reader = new JuteReader(client.Ask(OpCode.GetAcl, Frames.Path("/a")).Body);
            var acl = AclJute.ToList(AclVector.Read(ref reader));
            Assert.Equal(0, Stat.Read(ref reader).AVersion);
            return [.. acl.Select(e => e.Id)];
        }
    }

    [Fact]
    public void Addresses_and_the_super_digest_are_identities()
    {
        var super = Digest("super:pw");
        var ensemble = new TestEnsemble(3, new ReplicaOptions { SuperDigest = super });
        var near = new TestClient(ensemble.Follower, "::ffff:10.0.0.7").Connect();
        var far = new TestClient(ensemble.Follower, "11.0.0.7").Connect();
        near.Ask(OpCode.Create, Frames.Create("/net", acl: Frames.Acl(Permissions.All, "ip", "10.0.0.0/24")));

        Assert.Equal(ErrorCode.Ok, near.Error(OpCode.SetData, Frames.SetData("/net", "1")));
        Assert.Equal(ErrorCode.NoAuth, far.Error(OpCode.SetData, Frames.SetData("/net", "1")));
        far.Ask(OpCode.Auth, Frames.Auth("digest", "super:pw"));
        Assert.Equal(ErrorCode.Ok, far.Error(OpCode.SetData, Frames.SetData("/net", "2")));

        var reader = new JuteReader(far.Ask(OpCode.WhoAmI, []).Body);
        var identities = new List<string>();
        foreach (var item in WhoAmIResponse.Read(ref reader))
        {
            identities.Add($"{Encoding.UTF8.GetString(item.Scheme)}:{Encoding.UTF8.GetString(item.Id)}");
        }

        Assert.Equal(["ip:11.0.0.7", "super:", "digest:super"], identities);
    }

    [Fact]
    public void SkipAcl_ignores_acls_everywhere()
    {
        var ensemble = new TestEnsemble(3, new ReplicaOptions { SkipAcl = true });
        var client = new TestClient(ensemble.Follower).Connect();
        client.Ask(OpCode.Create, Frames.Create("/a", "x", acl: Frames.Acl(Permissions.None, "world", "anyone")));
        Assert.Equal("x", client.Get("/a", watch: true).Data);
        client.Received.Clear();

        Assert.Equal(ErrorCode.Ok, client.Error(OpCode.SetData, Frames.SetData("/a", "y")));
        Assert.Equal("NodeDataChanged /a", client.Take()[0]);
    }

    [Theory]
    [InlineData("kerberos", "x")]
    [InlineData("world", "anyone")]
    [InlineData("super", "")]
    public void An_authentication_that_proves_nothing_is_answered_then_closes(string scheme, string proof)
    {
        var write = _client.Send(OpCode.Create, Frames.Create("/a"));
        var auth = _client.Send(OpCode.Auth, Frames.Auth(scheme, proof));
        _client.Send(OpCode.Create, Frames.Create("/b"));
        _ensemble.Run();

        Assert.Equal([$"{write}:Ok", $"{auth}:AuthFailed"], _client.Take());
        Assert.Equal("authentication failed", _client.ClosedFor);
        Assert.Equal(["a", "zookeeper"], new TestClient(_ensemble.Follower).Connect().Children("/"));
    }

    [Fact]
    public void Sync_brings_everything_committed_before_it()
    {
        var leader = _ensemble.Leader;
        var follower = _ensemble.Follower;
        var writer = new TestClient(leader).Connect();
        _ensemble.Hold(leader, follower);
        writer.Create("/a", "new");
        Assert.Equal(ErrorCode.NoNode, _client.Exists("/a").Error);

        var sync = _client.Send(OpCode.Sync, Frames.Path("/a"));
        var read = _client.Send(OpCode.GetData, Frames.PathWatch("/a"));
        _ensemble.Run();
        Assert.DoesNotContain(_client.Received, r => r.Xid == sync);
        _ensemble.Release(leader, follower);

        Assert.Equal([$"{sync}:Ok", $"{read}:Ok"], _client.Received.Skip(1).Select(r => r.ToString()));
        Assert.Equal("/a", _client.Received[1].Path);
        Assert.Equal("new", _client.Received[2].Data);
    }

    [Fact]
    public void Reads_of_one_client_wait_for_its_own_writes_and_those_of_others_do_not()
    {
        _client.Create("/a", "0");
        var other = new TestClient(_ensemble.Follower).Connect();
        _ensemble.Servers.ForEach(s => s.DiskAnswers = false);
        _client.Received.Clear();
        var write = _client.Send(OpCode.SetData, Frames.SetData("/a", "1"));
        var read = _client.Send(OpCode.GetData, Frames.PathWatch("/a"));
        _client.SendRaw(Frames.Request(ReservedXid.Ping, OpCode.Ping, []));
        var again = _client.Send(OpCode.SetData, Frames.SetData("/a", "2"));
        _ensemble.Run();

        Assert.Empty(_client.Received);
        Assert.Equal("0", other.Get("/a").Data);
        _ensemble.Servers.ForEach(s => s.DiskAnswers = true);
        _ensemble.Run();
        Assert.Equal("1", _client.Received[1].Data);
        Assert.Equal([$"{write}:Ok", $"{read}:Ok", "-2:Ok", $"{again}:Ok"], _client.Take());
    }

    private static string Digest(string userAndPassword) =>
        AuthSchemes.Authenticate("digest", Encoding.UTF8.GetBytes(userAndPassword), Credentials.None, null)!.Identities[0].Id;
}

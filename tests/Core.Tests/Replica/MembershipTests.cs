using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Replica;

namespace GrainKeeper.Core.Tests.Replica;

/// <summary>The server list in <c>/zookeeper/config</c>.</summary>
public class MembershipTests
{
    private const string Servers = "server.1=a:1:2:participant;0.0.0.0:3";

    [Fact]
    public void A_leader_publishes_the_server_list_with_the_transaction_as_its_version()
    {
        var ensemble = new TestEnsemble(3, new ReplicaOptions { Membership = "server.1=a:1:2:participant;0.0.0.0:3"u8.ToArray() });
        foreach (var server in ensemble.Servers)
        {
            var client = new TestClient(server).Connect();
            var read = client.Get("/zookeeper/config");
            Assert.Equal(ErrorCode.Ok, read.Error);
            Assert.Equal($"{Servers}\nversion={read.StatAfterString.Mzxid:x}", read.Data);
            Assert.Equal(-1, read.StatAfterString.Version);
        }
    }

    [Fact]
    public void The_next_leader_leaves_a_list_that_is_right_as_it_is()
    {
        var ensemble = new TestEnsemble(3, new ReplicaOptions { Membership = "server.1=a:1:2:participant;0.0.0.0:3"u8.ToArray() });
        var before = new TestClient(ensemble[1]).Connect().Get("/zookeeper/config").Data;
        ensemble.Kill(ensemble.Leader);
        ensemble.Elect(2);
        Assert.Equal(before, new TestClient(ensemble[1]).Connect().Get("/zookeeper/config").Data);
    }

    [Fact]
    public void Clients_may_read_it_and_nothing_else_and_a_reconfiguration_is_refused()
    {
        var ensemble = new TestEnsemble(1, new ReplicaOptions { Membership = "server.1=a:1:2:participant;0.0.0.0:3"u8.ToArray() });
        var client = new TestClient(ensemble[1]).Connect();
        Assert.Equal(ErrorCode.NoAuth, client.Error(OpCode.SetData, Frames.SetData("/zookeeper/config", "x")));
        Assert.Equal(ErrorCode.BadArguments, client.Error(OpCode.Delete, Frames.PathVersion("/zookeeper/config")));
        Assert.Equal(ErrorCode.ReconfigDisabled, client.Error(OpCode.Reconfig, Frames.Bytes(w => new ReconfigRequest("server.4=x"u8, "1"u8, default, -1).Write(w))));
    }
}

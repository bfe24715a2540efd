using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Tests.Replica;

/// <summary>What the audit log tells.</summary>
public class AuditTests
{
    private const string Who = "\tuser=10.0.0.1\tip=10.0.0.1";

    [Fact]
    public void Every_change_is_told_with_who_asked_and_how_it_went_on_the_server_of_the_client()
    {
        var ensemble = new TestEnsemble(3, new ReplicaOptions { Audit = true });
        var client = new TestClient(ensemble.Follower).Connect();
        client.Create("/a", "x");
        var sequential = client.Create("/a/s-", "x", flags: 3);
        client.Ask(OpCode.SetData, Frames.SetData("/a", "y"));
        client.Ask(OpCode.SetData, Frames.SetData("/none", "y"));
        client.Ask(OpCode.Delete, Frames.PathVersion(sequential));
        client.Ask(OpCode.SetAcl, Frames.SetAcl("/a", Frames.Acl(Permissions.Read | Permissions.Admin, "digest", "bob:hash")));
        client.Get("/a");
        var session = $"session=0x{client.SessionId:x}";
        Assert.Equal(
            [
                $"{session}{Who}\toperation=create\tznode=/a\tznode_type=persistent\tresult=success",
                $"{session}{Who}\toperation=create\tznode={sequential}\tznode_type=ephemeral_sequential\tresult=success",
                $"{session}{Who}\toperation=setData\tznode=/a\tresult=success",
                $"{session}{Who}\toperation=setData\tznode=/none\tresult=failure",
                $"{session}{Who}\toperation=delete\tznode={sequential}\tresult=success",
                $"{session}{Who}\toperation=setAcl\tznode=/a\tacl=digest:bob:ra\tresult=success",
            ],
            ensemble.Follower.Audit);
        Assert.Empty(ensemble.Leader.Audit);
    }

    [Fact]
    public void A_multi_is_told_by_its_parts_and_one_that_failed_as_a_whole()
    {
        var ensemble = new TestEnsemble(1, new ReplicaOptions { Audit = true });
        var client = new TestClient(ensemble[1]).Connect();
        client.Ask(OpCode.Multi, Frames.Multi(
            (OpCode.Create2, Frames.Create("/a")), (OpCode.SetData, Frames.SetData("/a", "x")), (OpCode.Check, Frames.PathVersion("/a")), (OpCode.Create, Frames.Create("/b", flags: 1))));
        client.Ask(OpCode.Multi, Frames.Multi((OpCode.Delete, Frames.PathVersion("/a")), (OpCode.Delete, Frames.PathVersion("/none"))));
        var session = $"session=0x{client.SessionId:x}";
        Assert.Equal(
            [
                $"{session}{Who}\toperation=create\tznode=/a\tznode_type=persistent\tresult=success",
                $"{session}{Who}\toperation=setData\tznode=/a\tresult=success",
                $"{session}{Who}\toperation=create\tznode=/b\tznode_type=ephemeral\tresult=success",
                $"{session}{Who}\toperation=multiOperation\tresult=failure",
            ],
            ensemble[1].Audit);
    }

    [Fact]
    public void Nodes_that_go_with_their_session_are_told_by_the_leader()
    {
        var ensemble = new TestEnsemble(3, new ReplicaOptions { Audit = true });
        var client = new TestClient(ensemble.Follower).Connect();
        client.Create("/e", flags: 1);
        client.Ask(OpCode.CloseSession, []);
        Assert.Equal([$"session=0x{client.SessionId:x}\toperation=ephemeralZNodeDeletionOnSessionCloseOrExpire\tznode=/e\tresult=success"], ensemble.Leader.Audit);
    }

    [Fact]
    public void A_path_cannot_forge_a_line()
    {
        var ensemble = new TestEnsemble(1, new ReplicaOptions { Audit = true });
        var client = new TestClient(ensemble[1]).Connect();
        client.Ask(OpCode.Delete, Frames.PathVersion("/a\nsession=0x0"));
        Assert.EndsWith("\toperation=delete\tznode=/a?session=0x0\tresult=failure", Assert.Single(ensemble[1].Audit), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_told_unless_it_is_asked_for()
    {
        var ensemble = new TestEnsemble(1);
        new TestClient(ensemble[1]).Connect().Create("/a");
        Assert.Empty(ensemble[1].Audit);
    }
}

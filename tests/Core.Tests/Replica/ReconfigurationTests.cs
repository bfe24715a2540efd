using System.Buffers;
using System.Globalization;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Tests.Replica;

/// <summary>Clients change the server list.</summary>
public class ReconfigurationTests
{
    private const string Three =
        "server.1=h1:1:2:participant;0.0.0.0:3\nserver.2=h2:1:2:participant;0.0.0.0:3\nserver.3=h3:1:2:participant;0.0.0.0:3";

    private const string Fourth = "server.4=h4:1:2:participant;0.0.0.0:3";

    private static readonly ReplicaOptions Enabled = new()
    {
        Membership = System.Text.Encoding.ASCII.GetBytes(Three),
        Reconfiguration = true,
        SuperDigest = "super:0bX78nEegDzJM3ju0iLBEJdWzjg=",
    };

    [Fact]
    public void A_server_is_added_at_its_commit_on_all_servers_and_everybody_who_watches_hears_of_it()
    {
        var ensemble = new TestEnsemble(3, Enabled);
        ensemble.AddStranger();
        TestClient[] watchers = [.. ensemble.Servers.Select(s => new TestClient(s).Connect())];
        foreach (var watcher in watchers)
        {
            watcher.Get("/zookeeper/config", watch: true);
            watcher.Take();
        }

        var reply = Ask(Super(ensemble.Leader), joining: Fourth);

        Assert.Equal(ErrorCode.Ok, reply.Error);
        Assert.Equal($"{Three}\n{Fourth}\nversion={Hex(reply.Zxid)}", reply.Data);
        Assert.Equal((reply.Zxid, -1), (reply.StatAfterString.Mzxid, reply.StatAfterString.Version));
        Assert.All(watchers, w => Assert.Equal("NodeDataChanged /zookeeper/config", Assert.Single(w.Received, r => r.IsEvent).Event));
        Assert.All(ensemble.Servers, s =>
        {
            Assert.Equal(reply.Zxid, s.Peer.Configuration.Version.Value);
            Assert.Equal([1, 2, 3, 4], s.Peer.Configuration.Participants.Select(p => p.Value));
            Assert.Equal(reply.Zxid, s.Committed.Version.Value);
        });
        Assert.Equal(ZabRole.Following, ensemble[4].Core.Status.Role);

        // Four vote now: two are no quorum any more.
        ensemble.Kill(ensemble[1]);
        ensemble.Kill(ensemble[2]);
        Assert.All([ensemble[3], ensemble[4]], s => Assert.False(s.Core.Status.Serving));
    }

    [Fact]
    public void What_is_not_allowed_changes_nothing()
    {
        var ensemble = new TestEnsemble(3, Enabled);
        ensemble.AddStranger();
        var super = Super(ensemble.Follower);
        var before = super.Get("/zookeeper/config");
        (ErrorCode, Reply)[] replies =
        [
            (ErrorCode.BadVersion, Ask(super, joining: Fourth, version: 7)),
            (ErrorCode.BadArguments, Ask(super)),
            (ErrorCode.BadArguments, Ask(super, joining: "server.4=h4")),
            (ErrorCode.BadArguments, Ask(super, joining: "server.4=h4:1:2")),
            (ErrorCode.BadArguments, Ask(super, joining: "server.x=h4:1:2;3")),
            (ErrorCode.BadArguments, Ask(super, joining: "server.256=h4:1:2;3")),
            (ErrorCode.BadArguments, Ask(super, joining: "server.4=h4|h5:1:2;3")),
            (ErrorCode.BadArguments, Ask(super, joining: "server.4=0.0.0.0:1:2;3")),
            (ErrorCode.BadArguments, Ask(super, joining: "server.4=[h4\nversion=1]:1:2;3")),
            (ErrorCode.BadArguments, Ask(super, joining: Fourth + "," + Fourth)),
            (ErrorCode.BadArguments, Ask(super, joining: "server.4=h1:1:2;3")),
            (ErrorCode.BadArguments, Ask(super, joining: "server.1=h1:9:2;3")),
            (ErrorCode.BadArguments, Ask(super, leaving: "x")),
            (ErrorCode.BadArguments, Ask(super, leaving: "1,2")),
            (ErrorCode.BadArguments, Ask(super, members: "server.1=h1:1:2;3\nnonsense=1")),
            (ErrorCode.BadArguments, Ask(super, members: "server.1=h1:1:2;3,server.1=h1:1:2;3")),
            (ErrorCode.BadArguments, Ask(super, members: "server.1=h1:1:2;3,server.2=h2:1:2:observer;3")),
            (ErrorCode.NewConfigNoQuorum, Ask(super, joining: "server.5=h5:1:2;3,server.6=h6:1:2;3,server.7=h7:1:2;3,server.8=h8:1:2;3")),
            (ErrorCode.NoAuth, Ask(new TestClient(ensemble[2]).Connect(), joining: Fourth)),
        ];

        Assert.All(replies, r => Assert.Equal(r.Item1, r.Item2.Error));
        Assert.Equal(before.Data, super.Get("/zookeeper/config").Data);
        Assert.All(ensemble.Servers, s => Assert.Equal(Zxid.Zero, s.Peer.Configuration.Version));
        Assert.Equal(ErrorCode.Ok, Ask(super, joining: Fourth, version: before.StatAfterString.Mzxid).Error);
    }

    [Fact]
    public void A_lone_server_and_an_ensemble_with_other_trees_cannot_be_changed()
    {
        var alone = new TestEnsemble(1, Enabled with { Membership = default });
        Assert.Equal(ErrorCode.Unimplemented, Ask(Super(alone[1]), joining: Fourth).Error);

        var ensemble = new TestEnsemble(3, Enabled);
        var super = Super(ensemble.Leader);
        super.Create("/zookeeper/trees/other");
        Assert.Equal(ErrorCode.Unimplemented, Ask(super, leaving: "1").Error);
        Assert.Equal(ErrorCode.Ok, super.Error(OpCode.Delete, Frames.PathVersion("/zookeeper/trees/other")));
        Assert.Equal(ErrorCode.Ok, Ask(super, leaving: "1").Error);
    }

    [Fact]
    public void While_one_is_under_way_another_is_refused_and_nothing_is_proposed_after_it()
    {
        var ensemble = new TestEnsemble(3, Enabled);
        var (leader, super) = (ensemble.Leader, Super(ensemble.Leader));
        foreach (var follower in ensemble.Servers.Where(s => s != leader))
        {
            ensemble.Hold(follower, leader);
        }

        var first = super.Send(OpCode.Reconfig, Body(leaving: "1"));
        var second = super.Send(OpCode.Reconfig, Body(leaving: "2"));
        var write = super.Send(OpCode.Create, Frames.Create("/after"));
        ensemble.Run();
        Assert.DoesNotContain(super.Received, r => r.Xid == first);
        Assert.Equal(TxnKind.Reconfiguration, leader.Log[^1].Kind);

        foreach (var follower in ensemble.Servers.Where(s => s != leader))
        {
            ensemble.Release(follower, leader);
        }

        ErrorCode Of(int xid) => Assert.Single(super.Received, r => r.Xid == xid).Error;
        Assert.Equal((ErrorCode.Ok, ErrorCode.ReconfigInProgress, ErrorCode.Ok), (Of(first), Of(second), Of(write)));
        Assert.Equal([2, 3], leader.Peer.Configuration.Participants.Select(p => p.Value));
    }

    [Fact]
    public void A_leader_that_is_removed_answers_tells_all_of_the_commit_and_steps_down()
    {
        var ensemble = new TestEnsemble(3, Enabled);
        var leader = ensemble.Leader;
        var super = Super(leader);
        var reply = Ask(super, leaving: leader.Id.ToString());

        Assert.Equal(ErrorCode.Ok, reply.Error);
        Assert.NotNull(super.ClosedFor);
        Assert.All(ensemble.Servers, s => Assert.Equal((reply.Zxid, ZabRole.Looking), (s.Committed.Version.Value, s.Core.Status.Role)));

        // It follows on as a learner, and counts for nothing.
        var next = ensemble.Servers.First(s => s != leader);
        ensemble.Elect(next.Id.Value);
        Assert.Equal(ZabRole.Observing, leader.Core.Status.Role);
        ensemble.Kill(ensemble.Servers.First(s => s != leader && s != next));
        Assert.False(next.Core.Status.Serving);
    }

    [Fact]
    public void A_server_changes_between_participant_and_observer_and_back()
    {
        var ensemble = new TestEnsemble(3, Enabled);
        var super = Super(ensemble.Leader);
        var other = ensemble.Follower;
        var first = Ask(super, joining: $"server.{other.Id}=h{other.Id}:1:2:observer;3");
        Assert.Equal((ErrorCode.Ok, ZabRole.Observing), (first.Error, other.Core.Status.Role));
        super.Create("/while-it-observes");
        var second = Ask(super, joining: $"server.{other.Id}=h{other.Id}:1:2:participant;3", version: first.Zxid);
        Assert.Equal((ErrorCode.Ok, ZabRole.Following), (second.Error, other.Core.Status.Role));
        Assert.Equal($"{Three}\nversion={Hex(second.Zxid)}", second.Data);
    }

    [Fact]
    public void The_next_leader_does_not_publish_the_list_of_its_files_over_a_reconfiguration()
    {
        var ensemble = new TestEnsemble(3, Enabled);
        var (leader, reply) = (ensemble.Leader, Ask(Super(ensemble.Leader), joining: "server.1=h1:1:2:observer;3"));
        ensemble.Kill(leader);
        ensemble.Servers.First(s => s.Id.Value == 1).Step(new ReplicaInput.Zab(new ZabInput.StepDown("test")));
        leader.Restart();
        ensemble.Elect(2);
        Assert.Equal(reply.Data, new TestClient(ensemble[2]).Connect().Get("/zookeeper/config").Data);
    }

    [Fact]
    public void A_server_that_starts_with_one_at_the_end_of_its_log_asks_for_both_quorums_until_it_hears_of_the_commit()
    {
        var ensemble = new TestEnsemble(3, Enabled);
        var (leader, super) = (ensemble.Leader, Super(ensemble.Leader));
        foreach (var follower in ensemble.Servers.Where(s => s != leader))
        {
            ensemble.Hold(leader, follower);
        }

        super.Send(OpCode.Reconfig, Body(leaving: "1"));
        var version = leader.Log[^1].Zxid;
        leader.Restart();
        Assert.Equal((Zxid.Zero, true), (leader.Peer.Configuration.Version, leader.Peer.IsReconfiguring));

        leader.Step(new ReplicaInput.Zab(new ZabInput.ConfigurationCommitted(version)));
        Assert.Equal((version, false), (leader.Peer.Configuration.Version, leader.Peer.IsReconfiguring));
        Assert.Equal(version, leader.Committed.Version);
    }

    [Fact]
    public void A_leader_steps_down_when_one_is_committed_that_its_log_does_not_hold()
    {
        var ensemble = new TestEnsemble(3, Enabled);
        var leader = ensemble.Leader;
        leader.Step(new ReplicaInput.Zab(new ZabInput.ConfigurationCommitted(leader.Peer.LastLogged)));
        Assert.Equal(ZabRole.Leading, leader.Core.Status.Role);
        leader.Step(new ReplicaInput.Zab(new ZabInput.ConfigurationCommitted(new Zxid(leader.Peer.LastLogged.Value + 1))));
        Assert.Equal(ZabRole.Looking, leader.Core.Status.Role);
    }

    [Fact]
    public void A_server_that_starts_with_one_that_another_transaction_follows_knows_it_as_committed()
    {
        var ensemble = new TestEnsemble(3, Enabled);
        var super = Super(ensemble.Leader);
        var version = Ask(super, joining: "server.1=h1:1:2:observer;3").Zxid;
        super.Create("/follows");
        var server = ensemble.Follower;
        server.Committed = ensemble.Configuration;
        server.Restart();
        server.Step(new ReplicaInput.Tick());
        Assert.Equal((version, version, false), (server.Peer.Configuration.Version.Value, server.Committed.Version.Value, server.Peer.IsReconfiguring));
    }

    [Fact]
    public void A_copy_of_the_state_holds_what_is_settled_and_what_came_last()
    {
        var ensemble = new TestEnsemble(3, Enabled);
        var super = Super(ensemble.Leader);
        var first = Ask(super, joining: "server.1=h1:1:2:observer;3");
        var second = Ask(super, joining: "server.1=h1:1:2:participant;3");
        var copy = new ReplicaState();
        var (reader, writer, more) = (ensemble.Leader.State.OpenState(), copy.BeginRestore(), true);
        while (more)
        {
            var slice = new ArrayBufferWriter<byte>();
            more = reader.ReadNext(slice, 64);
            writer.Write(slice.WrittenSpan);
        }

        writer.Complete(reader.Zxid);
        Assert.Equal((first.Zxid, second.Zxid), (copy.SettledMembership!.Quorum.Version.Value, copy.LatestMembership!.Quorum.Version.Value));
        Assert.Equal(second.Data, System.Text.Encoding.ASCII.GetString(copy.LatestMembership.Text.Span));
        Assert.Equal([2, 3], copy.SettledMembership.Quorum.Participants.Select(p => p.Value));
    }

    [Fact]
    public void Who_does_not_belong_to_the_ensemble_cannot_end_a_leadership_by_an_epoch_of_its_own()
    {
        var ensemble = new TestEnsemble(3, Enabled);
        var leader = ensemble.Leader;
        var (stranger, first) = (ensemble.AddStranger().Id, (1L << 40) | 4);
        leader.Step(new ReplicaInput.Zab(new ZabInput.MessageReceived(stranger, new ZabEnvelope(first, 0, new ZabMessage.FollowerInfo(new Epoch(77), false, Zxid.Zero)))));
        ensemble.Run();
        Assert.Equal(leader, ensemble.Leader);
        Assert.Equal(1, leader.Peer.CurrentEpoch.Value);
    }

    private static TestClient Super(TestServer server)
    {
        var client = new TestClient(server).Connect();
        client.Ask(OpCode.Auth, Frames.Auth("digest", "super:pw"));
        return client;
    }

    private static Reply Ask(TestClient client, string? joining = null, string? leaving = null, string? members = null, long version = -1) =>
        client.Ask(OpCode.Reconfig, Body(joining, leaving, members, version));

    private static byte[] Body(string? joining = null, string? leaving = null, string? members = null, long version = -1) => Frames.Bytes(w =>
    {
        foreach (var text in new[] { joining, leaving, members })
        {
            if (text is null)
            {
                w.WriteNull();
            }
            else
            {
                w.WriteString(text);
            }
        }

        w.WriteLong(version);
    });

    private static string Hex(long zxid) => zxid.ToString("x", CultureInfo.InvariantCulture);
}

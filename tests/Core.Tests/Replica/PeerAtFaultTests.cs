using System.Net;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Tests.Replica;

/// <summary>A replica's message that is none costs its sender the channel. Neither server ends, and the others go on.</summary>
public class PeerAtFaultTests
{
    public static TheoryData<byte[], string> ToALeader => new()
    {
        { [], "an empty message" },
        { [99], "message kind 99 is not for a leader" },
        { [(byte)PeerMessageKind.Outcomes, 1], "is not for a leader" },
        { [(byte)PeerMessageKind.Touches, 1, 2], "session id" },
        { [(byte)PeerMessageKind.Attach, 1], "connection" },
        { [(byte)PeerMessageKind.Confirm, 1], "ticket" },
        { [(byte)PeerMessageKind.Requests, 1], "session id" },
        { Request(OpCode.CreateSession, [0, 0, 1]), "a session is created without a timeout" },
        { Request(OpCode.CreateSession, [0xff, 0xff, 0xff, 0xff]), "a session is created without a timeout" },
        { Request(OpCode.CreateSession, [0, 0, 16, 0, 0, 0, 4, 1]), "more than 1024 answers" },
        { Request(OpCode.GetData, []), "operation 4 is not for a leader" },
        { Request(OpCode.DeleteContainer, []), "operation 20 is not for a leader" },
        { Request((OpCode)77, []), "operation 77 is not for a leader" },
    };

    public static TheoryData<byte[], string> ToAFollower => new()
    {
        { [], "message kind" },
        { [99], "message kind 99 is not for a learner" },
        { [(byte)PeerMessageKind.Outcomes, 5, 1], "more outcomes than the 0 requests under way" },
        { [(byte)PeerMessageKind.Outcomes, 5, 7], "7 is no kind of outcome" },
        { [(byte)PeerMessageKind.Outcomes, .. Enumerable.Repeat((byte)0xff, 9), 1, 1], "zxids after" },
        { [(byte)PeerMessageKind.Attached, 1], "connection" },
        { [(byte)PeerMessageKind.Confirmed, 1], "ticket" },
        { [(byte)PeerMessageKind.Confirmed, 1, .. new byte[15]], "but reads 1 to 0 wait" },
        { [(byte)PeerMessageKind.Attached, .. new byte[16], 0xff, 0xff, 0xff, 0xff, 0x0f], "exceeds 2147483647 ms" },
    };

    [Theory]
    [MemberData(nameof(ToALeader))]
    public void A_leader_closes_the_channel_of_a_server_whose_message_is_none_and_serves_the_others(byte[] message, string problem)
    {
        var ensemble = new TestEnsemble(3);
        var client = new TestClient(ensemble[2]).Connect();
        ensemble.Forge(ensemble[1], ensemble[3], message);

        Assert.Contains(problem, Assert.Single(ensemble[3].Faults), StringComparison.Ordinal);
        Assert.Equal(ZabRole.Looking, ensemble[1].Core.Status.Role);
        Assert.True(ensemble[3].Core.Status.Serving);
        Assert.Equal("/a", client.Create("/a"));

        // It may come again.
        ensemble[1].Step(new ReplicaInput.Zab(new ZabInput.Elected(ensemble[3].Id)));
        ensemble.Run();
        Assert.True(ensemble[1].Core.Status.Serving);
    }

    [Theory]
    [MemberData(nameof(ToAFollower))]
    public void A_follower_leaves_a_leader_whose_message_is_none(byte[] message, string problem)
    {
        var ensemble = new TestEnsemble(3);
        ensemble.Forge(ensemble[3], ensemble[1], message);

        Assert.Contains(problem, Assert.Single(ensemble[1].Faults), StringComparison.Ordinal);
        Assert.Equal(ZabRole.Looking, ensemble[1].Core.Status.Role);
        Assert.True(ensemble[2].Core.Status.Serving);
    }

    [Fact]
    public void An_outcome_of_a_transaction_that_is_applied_already_is_refused()
    {
        var ensemble = new TestEnsemble(3);
        var client = new TestClient(ensemble[1]).Connect();
        client.Create("/a");
        ensemble.Hold(ensemble[1], ensemble[3]);
        client.Send(OpCode.Create, Frames.Create("/b"));
        var applied = ensemble[1].Core.Status.LastApplied;
        var buffer = new ByteBuffer();
        var last = Zxid.Zero;
        PeerMessages.WriteOutcome(buffer, Outcome.Of(applied), ref last);
        ensemble.Forge(ensemble[3], ensemble[1], buffer.Written.ToArray());

        Assert.Contains($"told transaction {applied}", Assert.Single(ensemble[1].Faults), StringComparison.Ordinal);
        Assert.Equal("this server has lost its leader", client.ClosedFor);
    }

    [Fact]
    public void A_leader_that_needs_the_server_at_fault_for_its_quorum_looks_for_another_leader()
    {
        var ensemble = new TestEnsemble(3);
        ensemble.Kill(ensemble[2]);
        ensemble.Forge(ensemble[1], ensemble[3], [99]);
        Assert.Equal(ZabRole.Looking, ensemble[3].Core.Status.Role);
        Assert.False(ensemble[3].Core.Status.Serving);

        ensemble.Elect(3);
        Assert.Equal("/a", new TestClient(ensemble[1]).Connect().Create("/a"));
    }

    private static byte[] Request(OpCode type, byte[] body)
    {
        var buffer = new ByteBuffer();
        PeerMessages.WriteRequest(buffer, new WriteRequest(7, 1, type, Credentials.OfAddress(IPAddress.Parse("10.0.0.1")), body));
        return buffer.Written.ToArray();
    }
}

using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Simulation.AtomicCommit;
using static GrainKeeper.Simulation.Tests.AtomicCommit.NamedSchedules;

namespace GrainKeeper.Simulation.Tests.AtomicCommit;

/// <summary>Why 3PC must not be used where the network may fall apart, and what to use instead.</summary>
public sealed class PartitionTests
{
    [Fact]
    public void With_3PC_a_partition_after_one_PreCommit_splits_the_participants()
    {
        var world = World(CommitProtocol.ThreePhase);
        world.CrashBefore = (node, _, effect) => node.Number == 0
            && effect is CommitEffect.Send { Envelope: { Message: CommitMessage.PreCommit } envelope }
            && envelope.To != CommitParty.Of(new ParticipantId("p1"));
        world.BeginAllYes();
        Assert.True(world.RunUntil(() => world.StateOf("p1") == ParticipantState.PreCommitted, EventLoop.Second), "p1 has pre-committed");
        Assert.False(world.Nodes[0].Running);
        world.Cut([world.Node("p1")], [world.Node("p2"), world.Node("p3")]);

        // p1 takes the others for dead, and commits. They take p1 for dead, and abort.
        var split = Assert.Throws<PropertyViolatedException>(() => world.RunUntil(Minute));
        Assert.Equal("AC1 agreement", split.Property);
        Assert.Contains(world.AllParticipants(), p => p.Decision == Decision.Commit);
        Assert.Contains(world.AllParticipants(), p => p.Decision == Decision.Abort);
    }

    [Fact]
    public void With_3PC_the_same_crash_without_a_partition_commits_everywhere()
    {
        var world = World(CommitProtocol.ThreePhase);
        world.CrashBefore = (node, _, effect) => node.Number == 0
            && effect is CommitEffect.Send { Envelope: { Message: CommitMessage.PreCommit } envelope }
            && envelope.To != CommitParty.Of(new ParticipantId("p1"));
        var id = world.BeginAllYes();
        Assert.True(world.RunUntil(() => world.Outcomes.Count == 0 && world.Judge.Decisions.ContainsKey(id), Minute), "decided");
        Assert.True(world.RunUntil(() => world.AllParticipants().All(p => p.State == ParticipantState.Committed), Minute), "all commit");
    }

    [Fact]
    public void With_Paxos_Commit_a_minority_waits_and_the_majority_decides_for_all()
    {
        var world = World(CommitProtocol.PaxosCommit);
        var id = world.BeginAllYes();
        Assert.True(
            world.RunUntil(
                () => world.Participants.All(p => world.StateOf(p.Name) == ParticipantState.Prepared),
                EventLoop.Second),
            "all vote");
        var alone = world.Node("p1");
        var acceptor = world.NodeOf(CommitParty.Acceptor(1));
        world.Nodes[0].Crash();
        world.Cut([alone, acceptor], [.. world.Nodes.Where(n => n != alone && n != acceptor)]);
        world.RunUntil(2 * Minute);
        Assert.True(world.Participant("p1").IsInDoubt, "the minority waits");
        Assert.NotNull(world.Participant("p2").Decision);
        Assert.Equal(world.Participant("p2").Decision, world.Participant("p3").Decision);

        world.Network.Heal();
        world.Nodes[0].Start();
        Assert.True(world.RunUntil(() => world.Unfinished() is null, 2 * Minute), world.Unfinished());
        Assert.Equal(world.Judge.Decisions[id].Decision, world.Participant("p1").Decision);
    }
}

using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Simulation.AtomicCommit;
using static GrainKeeper.Simulation.Tests.AtomicCommit.NamedSchedules;

namespace GrainKeeper.Simulation.Tests.AtomicCommit;

/// <summary>One schedule, three protocols: the coordinator dies at the moment when all participants have voted Yes and none knows a decision.</summary>
public sealed class BlockingTests
{
    [Fact]
    public void With_2PC_participants_stay_in_doubt_and_locked_for_as_long_as_the_coordinator_is_away()
    {
        var world = CoordinatorDiesAfterTheVotes(CommitProtocol.TwoPhase, out var id);
        world.RunUntil(world.Loop.Now + Minute);
        Assert.All(world.AllParticipants(), p => Assert.True(p.IsInDoubt));
        Assert.All(world.Participants, p => Assert.Equal(id, world.Node(p.Name).Resource.Holder));
        Assert.Empty(world.Judge.Decisions);

        // The others alone cannot know: it could have decided either way. Its return ends it.
        world.Nodes[0].Start();
        Assert.True(world.RunUntil(() => world.Unfinished() is null, Minute), world.Unfinished());
        Assert.Equal(Decision.Abort, world.Judge.Decisions[id].Decision);
    }

    [Fact]
    public void With_2PC_a_decision_that_was_in_the_log_is_kept_when_the_coordinator_returns()
    {
        var world = World(CommitProtocol.TwoPhase);
        world.CrashBefore = (_, _, effect) => effect is CommitEffect.Decided && world.Nodes[0].Disk.Durable.Count > 0;
        var id = world.BeginAllYes();
        world.RunUntil(Minute);
        Assert.All(world.AllParticipants(), p => Assert.True(p.IsInDoubt));
        world.CrashBefore = null;
        world.Nodes[0].Start();
        Assert.True(world.RunUntil(() => world.Unfinished() is null, Minute), world.Unfinished());
        Assert.Equal(Decision.Commit, world.Judge.Decisions[id].Decision);
    }

    [Theory]
    [InlineData(CommitProtocol.ThreePhase)]
    [InlineData(CommitProtocol.PaxosCommit)]
    public void With_3PC_and_Paxos_Commit_the_same_schedule_decides_without_the_coordinator(CommitProtocol protocol)
    {
        var world = CoordinatorDiesAfterTheVotes(protocol, out var id);
        Assert.True(world.RunUntil(() => world.AllParticipants().All(p => p.Decision is not null), Minute), "all decide within a minute");
        Assert.False(world.Nodes[0].Running);
        Assert.True(world.RunUntil(() => world.Participants.All(p => world.Node(p.Name).Resource.Holder is null), Minute), "no lock is left");
        var expected = protocol == CommitProtocol.PaxosCommit ? Decision.Commit : Decision.Abort;
        Assert.Equal(expected, world.Judge.Decisions[id].Decision);
    }

    private static CommitWorld CoordinatorDiesAfterTheVotes(CommitProtocol protocol, out TransactionId id)
    {
        var world = World(protocol);
        id = world.BeginAllYes();
        Assert.True(
            world.RunUntil(
                () => world.Participants.All(p => world.StateOf(p.Name) == ParticipantState.Prepared),
                EventLoop.Second),
            "all vote");
        Assert.Empty(world.Judge.Decisions);
        world.Nodes[0].Crash();
        return world;
    }
}

using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.AtomicCommit.PaxosCommit;
using GrainKeeper.Core.AtomicCommit.ThreePhase;
using GrainKeeper.Core.AtomicCommit.TwoPhase;
using static GrainKeeper.Core.Tests.AtomicCommit.CommitProbe;

namespace GrainKeeper.Core.Tests.AtomicCommit;

/// <summary>Heuristic decisions: what an administrator may decide for a participant in doubt, and what becomes of it when the protocol decides after all.</summary>
public sealed class ByHandTests
{
    private static readonly CommitMessage Commit = new CommitMessage.Decide(Decision.Commit);

    public static TheoryData<CommitProtocol> Protocols => [.. Enum.GetValues<CommitProtocol>()];

    [Theory]
    [MemberData(nameof(Protocols))]
    public void A_participant_in_doubt_forces_the_administrators_decision_and_carries_it_out(CommitProtocol protocol)
    {
        var commits = Prepared(protocol);
        Assert.Equal(["force commit (by hand)"], commits.Resolve(Decision.Commit));
        Assert.Equal(["decided Commit", "apply 2 bytes"], commits.Logged().Where(IsNoMessage));

        var aborts = Prepared(protocol);
        Assert.Equal(["force abort (by hand)"], aborts.Resolve(Decision.Abort));
        Assert.Equal(["decided Abort", "undo 1 bytes"], aborts.Logged().Where(IsNoMessage));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void Nobody_else_takes_it(CommitProtocol protocol)
    {
        var initial = new CommitProbe(Machine(protocol));
        Assert.Empty(initial.Resolve(Decision.Abort));
        var preparing = new CommitProbe(Machine(protocol));
        preparing.Ask(protocol);
        Assert.Empty(preparing.Resolve(Decision.Commit));
        var committed = Prepared(protocol);
        committed.Hear("coordinator", Commit);
        Assert.Empty(committed.Resolve(Decision.Abort));
        committed.Logged();
        Assert.Empty(committed.Resolve(Decision.Abort));
        Assert.Empty(new CommitProbe(new TwoPhaseCoordinator(CommitCircle.Id, CommitCircle.Options, [], mayBegin: true)).Resolve(Decision.Commit));
    }

    [Theory]
    [InlineData(CommitProtocol.TwoPhase)]
    [InlineData(CommitProtocol.PaxosCommit)]
    public void It_goes_on_asking_until_it_knows_the_protocols_decision_and_forgets_only_then(CommitProtocol protocol)
    {
        var p = Resolved(protocol, Decision.Commit);
        Assert.Contains("coordinator ← Inquiry", p.Finished());
        for (var i = 0; i < 20; i++)
        {
            Assert.Contains("coordinator ← Inquiry", p.Wait());
        }

        Assert.Equal(["append end", "coordinator ← Ack"], p.Hear("coordinator", Commit));
        Assert.Equal(["forget"], p.Wait());
    }

    [Theory]
    [InlineData(CommitProtocol.TwoPhase)]
    [InlineData(CommitProtocol.PaxosCommit)]
    public void When_the_protocol_decides_otherwise_that_is_a_contradiction_and_nothing_is_reversed(CommitProtocol protocol)
    {
        var p = Resolved(protocol, Decision.Abort);
        p.Finished();
        Assert.Equal(["contradiction: coordinator has Commit, not Abort", "append end"], p.Hear("coordinator", Commit));
        Assert.Equal(["contradiction: coordinator has Commit, not Abort"], p.Hear("coordinator", Commit));
        Assert.Equal(["forget"], p.Wait());
    }

    [Theory]
    [InlineData(CommitProtocol.TwoPhase)]
    [InlineData(CommitProtocol.PaxosCommit)]
    public void Started_again_it_carries_the_decision_out_never_votes_No_and_asks_unless_it_knows(CommitProtocol protocol)
    {
        var terms = Terms(protocol);
        var prepared = new CommitRecord.Prepared(terms, new byte[] { 1, 2 }, new byte[] { 3 });
        var byHand = new CommitRecord.Decided(Decision.Abort, terms, string.Empty) { ByHand = true };
        var p = new CommitProbe(Machine(protocol, prepared, byHand));
        Assert.Equal(["decided Abort", "undo 1 bytes"], p.Started);
        Assert.Contains("coordinator ← Inquiry", p.Finished());
        Assert.Empty(p.Ask(protocol));

        var knows = new CommitProbe(Machine(protocol, prepared, byHand, new CommitRecord.End()));
        Assert.Empty(knows.Finished());
        Assert.Equal(["forget"], knows.Wait());
    }

    [Fact]
    public void With_3PC_the_participant_tells_all_others()
    {
        var p = Prepared(CommitProtocol.ThreePhase);
        p.Resolve(Decision.Commit);
        Assert.Equal(["decided Commit", "b ← Commit", "c ← Commit", "coordinator ← Commit", "apply 2 bytes"], p.Logged());
        p.Finished();
        Assert.Equal(["b ← Commit", "c ← Commit"], p.Wait());
    }

    private static bool IsNoMessage(string effect) => !effect.Contains('←', StringComparison.Ordinal);

    private static CommitProbe Resolved(CommitProtocol protocol, Decision decision)
    {
        var p = Prepared(protocol);
        p.Resolve(decision);
        p.Logged();
        return p;
    }

    private static CommitProbe Prepared(CommitProtocol protocol)
    {
        var p = new CommitProbe(Machine(protocol));
        p.Ask(protocol);
        p.Resource(Vote.Yes);
        p.Logged();
        return p;
    }

    private static CommitMachine Machine(CommitProtocol protocol, params CommitRecord[] records) => protocol switch
    {
        CommitProtocol.TwoPhase => new TwoPhaseParticipant(CommitCircle.Id, A, CommitCircle.Options, records),
        CommitProtocol.ThreePhase => new ThreePhaseParticipant(CommitCircle.Id, A, CommitCircle.Options, records),
        _ => new PaxosParticipant(CommitCircle.Id, A, CommitCircle.Options, records),
    };
}

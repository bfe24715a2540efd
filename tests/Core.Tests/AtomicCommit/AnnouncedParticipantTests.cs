using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.AtomicCommit.PaxosCommit;
using GrainKeeper.Core.AtomicCommit.ThreePhase;
using GrainKeeper.Core.AtomicCommit.TwoPhase;
using static GrainKeeper.Core.Tests.AtomicCommit.CommitProbe;

namespace GrainKeeper.Core.Tests.AtomicCommit;

/// <summary>A participant whose resource keeps by itself what it has prepared: what it will hold is in the log before it is asked, and every abort is told to it.</summary>
public sealed class AnnouncedParticipantTests
{
    private static readonly byte[] Mark = [7, 8, 9, 10];

    public static TheoryData<CommitProtocol> Protocols => [.. Enum.GetValues<CommitProtocol>()];

    [Theory]
    [MemberData(nameof(Protocols))]
    public void The_mark_is_durable_before_the_resource_is_asked(CommitProtocol protocol)
    {
        var p = Make(protocol);
        Assert.Equal(["force announced (mark 4 bytes)"], p.Ask(protocol));
        Assert.Null(p.Pause);
        Assert.Equal(["prepare 1 bytes, locks 5000 ms"], p.Logged());
        Assert.Equal(["force prepared (redo 2 bytes, undo 1 bytes)"], p.Resource(Vote.Yes));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void After_No_the_resource_is_told_as_well_by_its_mark(CommitProtocol protocol)
    {
        var p = Asked(protocol);
        Assert.Equal(["force abort (the connection broke)"], p.Resource(Vote.No("the connection broke")));
        Assert.Equal(["decided Abort", "coordinator ← Vote No (the connection broke)", "undo 4 bytes"], p.Logged());
        Assert.Empty(p.Hear("coordinator", new CommitMessage.Decide(Decision.Abort)));
        Assert.Equal(["coordinator ← Ack"], p.Finished());
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void Started_again_with_the_mark_alone_it_votes_No_and_undoes(CommitProtocol protocol)
    {
        var p = Make(protocol, Announced(protocol));
        Assert.Equal(["force abort (the participant's server started again while it was preparing)"], p.Started);
        Assert.Equal(["decided Abort", "coordinator ← Vote No (the participant's server started again while it was preparing)", "undo 4 bytes"], p.Logged());
        Assert.Equal(["coordinator ← Vote No (the participant's server started again while it was preparing)"], p.Ask(protocol));
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void Started_again_after_its_abort_it_undoes_again_until_the_resource_has_answered(CommitProtocol protocol)
    {
        var p = Make(protocol, Announced(protocol), new CommitRecord.Decided(Decision.Abort, null, "why"));
        Assert.Equal(["decided Abort", "undo 4 bytes"], p.Started);
        Assert.Null(p.Pause);
        p.Finished();
        Assert.NotNull(p.Pause);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void Rollback_while_the_mark_is_on_its_way_waits_and_then_ends_what_was_begun(CommitProtocol protocol)
    {
        var p = Make(protocol);
        p.Ask(protocol);
        Assert.Empty(p.Hear("coordinator", new CommitMessage.Decide(Decision.Abort)));
        var effects = p.Logged();
        Assert.Equal("prepare 1 bytes, locks 5000 ms", effects[0]);
        Assert.Contains("undo 4 bytes", effects[^1].StartsWith("force", StringComparison.Ordinal) ? p.Logged() : effects);
    }

    [Fact]
    public void Read_only_is_a_Yes_for_it_and_an_unknown_write_of_the_mark_ends_it_before_anything_is_asked()
    {
        var p = Asked(CommitProtocol.TwoPhase);
        Assert.Equal(["force prepared (redo 2 bytes, undo 1 bytes)"], p.Resource(Vote.ReadOnly));
        p = Make(CommitProtocol.TwoPhase);
        p.Ask(CommitProtocol.TwoPhase);
        Assert.Equal(["restart"], p.LogUnknown());
    }

    [Fact]
    public void A_commit_without_a_prepared_record_cannot_be() => Assert.Throws<InvariantViolationException>(
        () => Make(CommitProtocol.TwoPhase, Announced(CommitProtocol.TwoPhase), new CommitRecord.Decided(Decision.Commit, null, "")));

    private static CommitRecord.Announced Announced(CommitProtocol protocol) => new(Terms(protocol), Mark);

    private static CommitProbe Make(CommitProtocol protocol, params CommitRecord[] records) => new(protocol switch
    {
        CommitProtocol.TwoPhase => new TwoPhaseParticipant(CommitCircle.Id, A, CommitCircle.Options, records) { Mark = Mark },
        CommitProtocol.ThreePhase => new ThreePhaseParticipant(CommitCircle.Id, A, CommitCircle.Options, records) { Mark = Mark },
        _ => new PaxosParticipant(CommitCircle.Id, A, CommitCircle.Options, records) { Mark = Mark },
    });

    private static CommitProbe Asked(CommitProtocol protocol)
    {
        var p = Make(protocol);
        p.Ask(protocol);
        p.Logged();
        return p;
    }
}

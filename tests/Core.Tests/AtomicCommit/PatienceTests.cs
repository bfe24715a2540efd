using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.AtomicCommit.TwoPhase;
using static GrainKeeper.Core.Tests.AtomicCommit.CommitProbe;

namespace GrainKeeper.Core.Tests.AtomicCommit;

/// <summary>A caller may have less patience than the servers, never more.</summary>
public sealed class PatienceTests
{
    [Theory]
    [InlineData(0, 10_000)]
    [InlineData(700, 700)]
    [InlineData(60_000, 10_000)]
    public void The_coordinator_waits_for_votes_as_long_as_the_caller_wants_but_not_longer_than_its_own_limit(int wanted, int waits)
    {
        var coordinator = new TwoPhaseCoordinator(CommitCircle.Id, CommitCircle.Options, [], mayBegin: true);
        var effects = new List<Effect>();
        coordinator.Step(new CommitInput.Start(), new Core.Now(0, 0), effects);
        coordinator.Step(new CommitInput.Submit(Request(0, wanted)), new Core.Now(0, 0), effects);
        coordinator.Step(new CommitInput.Tick(), new Core.Now(waits - 1, 0), effects);
        Assert.Null(coordinator.Decision);
        coordinator.Step(new CommitInput.Tick(), new Core.Now(waits, 0), effects);
        Assert.Equal(Decision.Abort, coordinator.Decision);
        Assert.Contains(effects, e => e is CommitEffect.Completed { Outcome: Outcome.Aborted a } && a.Reason.StartsWith($"no vote within {waits} ms", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0, 5_000)]
    [InlineData(300, 300)]
    [InlineData(60_000, 5_000)]
    public void A_participants_resource_waits_for_locks_as_long_as_the_caller_wants_but_not_longer_than_its_own_limit(int wanted, int waits)
    {
        var coordinator = new TwoPhaseCoordinator(CommitCircle.Id, CommitCircle.Options, [], mayBegin: true);
        var effects = new List<Effect>();
        coordinator.Step(new CommitInput.Start(), new Core.Now(0, 0), effects);
        coordinator.Step(new CommitInput.Submit(Request(wanted, 0)), new Core.Now(0, 0), effects);
        var question = effects.OfType<CommitEffect.Send>().First().Envelope;
        var p = new CommitProbe(new TwoPhaseParticipant(CommitCircle.Id, A, CommitCircle.Options, []));
        Assert.Equal([$"prepare 1 bytes, locks {waits} ms"], p.Hear("coordinator", question.Message));
        Assert.Equal(waits + CommitCircle.Options.ResourcePatience, p.Pause);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, -1)]
    [InlineData(TransactionRequest.MaxPatience + 1, 0)]
    [InlineData(0, TransactionRequest.MaxPatience + 1)]
    public void Out_of_range_is_refused(int lockWait, int voteTimeout) => Assert.Throws<FormatException>(() => Request(lockWait, voteTimeout));

    private static TransactionRequest Request(int lockWait, int voteTimeout) =>
        new(CommitProtocol.TwoPhase, new[] { A, B }.ToDictionary(p => p, _ => (ReadOnlyMemory<byte>)new byte[] { 1 })) { LockWait = lockWait, VoteTimeout = voteTimeout };
}

using GrainKeeper.Core.AtomicCommit;
using Xunit.Abstractions;

namespace GrainKeeper.Core.Tests.AtomicCommit;

/// <summary>The owner's document's flow of 2PC: ask, execute with undo and redo, vote, commit or rollback, release, ack, done. The timeline alone must tell it.</summary>
public sealed class TimelineTests(ITestOutputHelper output)
{
    [Fact]
    public void The_timeline_of_a_committed_transaction_is_the_documents_flow()
    {
        var circle = new CommitCircle(CommitProtocol.TwoPhase, 2);
        circle.Run();
        AssertFlow(
            circle,
            """
            coordinator: submitted, TwoPhase
            coordinator: → p01: Prepare (2 participants, 1 bytes)
            p01: ← coordinator: Prepare (2 participants, 1 bytes)
            p01: resource executes, keeping undo and redo
            p01: resource votes Yes
            p01: forces prepared (redo 1 bytes, undo 1 bytes)
            p01: durable: prepared (redo 1 bytes, undo 1 bytes)
            p01: → coordinator: Vote Yes
            coordinator: ← p01: Vote Yes
            coordinator: forces commit
            coordinator: durable: commit
            coordinator: decides Commit
            coordinator: the caller is told: committed
            coordinator: → p01: Commit
            p01: ← coordinator: Commit
            p01: forces commit
            p01: durable: commit
            p01: decides Commit
            p01: resource applies
            p01: resource has finished, its locks are free
            p01: → coordinator: Ack
            coordinator: ← p01: Ack
            coordinator: done: all have acknowledged
            coordinator: notes end
            """);
    }

    [Fact]
    public void The_timeline_of_an_aborted_transaction_is_the_documents_flow()
    {
        var circle = new CommitCircle(CommitProtocol.TwoPhase, 2, votes: new() { [2] = Vote.No("version 3, not 2") });
        circle.Run();
        AssertFlow(
            circle,
            """
            coordinator: → p01: Prepare (2 participants, 1 bytes)
            p01: ← coordinator: Prepare (2 participants, 1 bytes)
            p01: resource executes, keeping undo and redo
            p01: forces prepared (redo 1 bytes, undo 1 bytes)
            p01: durable: prepared (redo 1 bytes, undo 1 bytes)
            p01: → coordinator: Vote Yes
            coordinator: ← p01: Vote Yes
            """);
        AssertFlow(
            circle,
            """
            p02: resource votes No (version 3, not 2)
            p02: forces abort (version 3, not 2)
            p02: durable: abort (version 3, not 2)
            p02: decides Abort
            p02: → coordinator: Vote No (version 3, not 2)
            coordinator: ← p02: Vote No (version 3, not 2)
            coordinator: decides Abort
            coordinator: the caller is told: aborted
            coordinator: → p01: Rollback
            p01: ← coordinator: Rollback
            p01: notes abort
            p01: decides Abort
            p01: resource undoes
            p01: resource has finished, its locks are free
            p01: → coordinator: Ack
            coordinator: ← p01: Ack
            coordinator: done: all have acknowledged
            """);
    }

    [Fact]
    public void Every_message_record_vote_and_decision_is_in_the_timeline_with_its_time()
    {
        foreach (var protocol in Enum.GetValues<CommitProtocol>())
        {
            var circle = new CommitCircle(protocol, 3, protocol == CommitProtocol.PaxosCommit ? 3 : 0);
            circle.Run();
            Assert.Equal(circle.Messages.Count, circle.Timeline.Count(t => t.Kind == TimelineKind.Sent));
            Assert.Equal(circle.Messages.Count, circle.Timeline.Count(t => t.Kind == TimelineKind.Received));
            Assert.Equal(circle.Forced.Count, circle.Timeline.Count(t => t.Kind == TimelineKind.Forced));
            Assert.Equal(circle.Forced.Count, circle.Timeline.Count(t => t.Kind == TimelineKind.Logged));
            Assert.Equal(3, circle.Timeline.Count(t => t.Kind == TimelineKind.ResourceAnswered && t.Note == "resource votes Yes"));
            Assert.All(circle.Timeline, t => Assert.Equal(1_000, t.At));
            Assert.All(circle.Timeline, t => Assert.StartsWith("00:00:01.000 ", t.ToString(), StringComparison.Ordinal));
        }
    }

    private void AssertFlow(CommitCircle circle, string flow)
    {
        circle.Timeline.ForEach(t => output.WriteLine(t.ToString()));
        var at = -1;
        foreach (var line in flow.ReplaceLineEndings("\n").Split('\n'))
        {
            var next = circle.Timeline.FindIndex(at + 1, t => $"{t.Party}: {t.What}" == line);
            Assert.True(next > at, $"'{line}' does not follow '{(at < 0 ? "" : circle.Timeline[at])}'");
            at = next;
        }
    }
}

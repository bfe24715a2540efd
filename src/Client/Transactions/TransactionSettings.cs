using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Client.Transactions;

/// <summary>How a transaction is run.</summary>
public sealed record TransactionSettings
{
    /// <summary>How its participants agree. Default 2PC; docs/atomic-commit.md compares them.</summary>
    public CommitProtocol Protocol { get; init; } = CommitProtocol.TwoPhase;

    /// <summary>The tree whose leader coordinates it, in whose log the decision is kept. Default <c>root</c>.</summary>
    public string Home { get; init; } = TreeName.Root;

    /// <summary>How long to wait for an outcome; then it is in doubt. 100 ms to 1 h; default 30 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long to try to get an id. 100 ms to 1 h; default 10 s.</summary>
    public TimeSpan BeginTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long participants may wait for what other transactions have locked; then they vote No, so that deadlocks end. Null (default): as long as the servers allow, 5 s unless configured otherwise.
    /// 1 ms to 1 h; longer than the servers' limit counts as that.
    /// </summary>
    public TimeSpan? LockWait { get; init; }

    /// <summary>
    /// How long the coordinator waits for all votes; then it aborts. Null (default): as long as the servers do, 10 s unless configured otherwise. 10 ms to 1 h; longer than the servers' limit counts as that.
    /// </summary>
    public TimeSpan? VoteTimeout { get; init; }

    /// <summary>Paxos Commit: how many acceptors, an odd number from 1 to 15, not more than the ensemble has voting servers. 0 (default): 3 if there are as many servers, else 1.</summary>
    public int Acceptors { get; init; }

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentException">A value is out of range; the message names it, the range and the remedy.</exception>
    public void Validate()
    {
        TreeName.Require(Home);
        Require(Enum.IsDefined(Protocol), nameof(Protocol), Protocol, "TwoPhase, ThreePhase or PaxosCommit");
        Require(IsWithin(Timeout, 100), nameof(Timeout), Timeout, "100 ms to 1 h");
        Require(IsWithin(BeginTimeout, 100), nameof(BeginTimeout), BeginTimeout, "100 ms to 1 h");
        Require(LockWait is not { } wait || IsWithin(wait, 1), nameof(LockWait), LockWait, "1 ms to 1 h, or null for the servers' own");
        Require(VoteTimeout is not { } votes || IsWithin(votes, 10), nameof(VoteTimeout), VoteTimeout, "10 ms to 1 h, or null for the servers' own");
        Require(
            Acceptors == 0 || (Protocol == CommitProtocol.PaxosCommit && Acceptors is > 0 and <= TransactionTerms.MaxAcceptors && Acceptors % 2 == 1),
            nameof(Acceptors),
            Acceptors,
            $"0, or with Paxos Commit an odd number up to {TransactionTerms.MaxAcceptors}");
    }

    internal static int Milliseconds(TimeSpan? time) => (int)Math.Ceiling(time?.TotalMilliseconds ?? 0);

    /// <summary>The longest wait of one call.</summary>
    internal static TimeSpan LongestWait { get; } = TimeSpan.FromMilliseconds(TransactionSubmission.MaxWait / 4);

    private static bool IsWithin(TimeSpan time, int low) => time >= TimeSpan.FromMilliseconds(low) && time <= TimeSpan.FromHours(1);

    private static void Require<T>(bool holds, string name, T value, string range)
    {
        if (!holds)
        {
            throw new ArgumentException($"transaction setting {name} is {value}: choose {range}");
        }
    }
}

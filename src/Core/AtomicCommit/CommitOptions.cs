namespace GrainKeeper.Core.AtomicCommit;

/// <summary>Time limits of atomic commit, in milliseconds.</summary>
public sealed record CommitOptions
{
    /// <summary>How long a coordinator waits for all votes before it aborts. 10 to 3,600,000; default 10,000.</summary>
    public int VoteTimeout { get; init; } = 10_000;

    /// <summary>How long a resource may wait for locks before it votes No: deadlocks end by it. 1 to <see cref="VoteTimeout"/>; default 5,000.</summary>
    public int LockWait { get; init; } = 5_000;

    /// <summary>How long after <see cref="LockWait"/> a participant waits for its resource's answer before it votes No. 1 to 3,600,000; default 5,000.</summary>
    public int ResourcePatience { get; init; } = 5_000;

    /// <summary>After how long an unanswered message is sent again, at first; then after twice as long, and so on. 5 to 3,600,000; default 500.</summary>
    public int ResendInterval { get; init; } = 500;

    /// <summary>The longest such interval. At least <see cref="ResendInterval"/>; default 30,000.</summary>
    public int MaxResendInterval { get; init; } = 30_000;

    /// <summary>How often a 2PC coordinator sends Rollback again before it leaves the rest to inquiries. 0 to 1,000; default 5.</summary>
    public int RollbackResends { get; init; } = 5;

    /// <summary>
    /// After how long a participant in doubt asks, at first; then after twice as long, up to <see cref="MaxResendInterval"/>. With Paxos Commit its question
    /// may start a recovery. 5 to 3,600,000; default 2,000.
    /// </summary>
    public int InquiryInterval { get; init; } = 2_000;

    /// <summary>
    /// How long a finished transaction is remembered, so that late messages and repeated submissions find it: longer than any message lives. A caller may ask for an
    /// outcome for half as long. 100 to 86,400,000; default 3,600,000.
    /// </summary>
    public int Retention { get; init; } = 3_600_000;

    /// <summary>
    /// 3PC only: the upper limit of a message there, a forced write, and an answer back, between any two live parties. If it does not hold, 3PC may split. 5 to 600,000; default 2,000.
    /// </summary>
    public int RoundTrip { get; init; } = 2_000;

    /// <summary>Paxos Commit: how long an acceptor waits for the other participants' votes, to write and answer once. 0 to 10,000; default 10.</summary>
    public int BundleWait { get; init; } = 10;

    /// <summary>Paxos Commit: after how long an acceptor with an unfinished transaction asks its leader to finish it. 100 to 3,600,000; default 60,000.</summary>
    public int AcceptorPatience { get; init; } = 60_000;

    /// <summary>3PC: how long a participant that has voted waits for PreCommit or Rollback.</summary>
    public int PreCommitWait => VoteTimeout + (2 * RoundTrip);

    /// <summary>3PC: how long a participant that has acknowledged PreCommit waits for DoCommit.</summary>
    public int DoCommitWait => 3 * RoundTrip;

    /// <summary>3PC: how long a participant waits for a substitute.</summary>
    public int SubstituteWait => 6 * RoundTrip;

    /// <summary>Throws when a value is out of its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It names the option, the value and the range.</exception>
    public void Validate()
    {
        const int hour = 3_600_000;
        Demand(nameof(VoteTimeout), VoteTimeout, 10, hour);
        Demand(nameof(LockWait), LockWait, 1, VoteTimeout);
        Demand(nameof(ResourcePatience), ResourcePatience, 1, hour);
        Demand(nameof(ResendInterval), ResendInterval, 5, hour);
        Demand(nameof(MaxResendInterval), MaxResendInterval, ResendInterval, hour);
        Demand(nameof(RollbackResends), RollbackResends, 0, 1_000);
        Demand(nameof(InquiryInterval), InquiryInterval, 5, hour);
        Demand(nameof(Retention), Retention, 100, 24 * hour);
        Demand(nameof(RoundTrip), RoundTrip, 5, 600_000);
        Demand(nameof(BundleWait), BundleWait, 0, 10_000);
        Demand(nameof(AcceptorPatience), AcceptorPatience, 100, hour);
    }

    /// <summary>The pause before the next repetition.</summary>
    internal int Pause(int first, int repetitions) => (int)Math.Min((long)first << Math.Min(repetitions, 20), Math.Max(first, MaxResendInterval));

    private static void Demand(string name, int value, int low, int high)
    {
        if (value < low || value > high)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} is {value} ms, it must be {low} to {high}");
        }
    }
}

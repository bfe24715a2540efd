namespace GrainKeeper.Simulation.AtomicCommit;

/// <summary>What runs of atomic commit have seen.</summary>
public sealed class CommitStatistics
{
    /// <summary>Runs.</summary>
    public long Runs { get; set; }

    /// <summary>Steps of parties, each followed by the checks.</summary>
    public long Steps { get; set; }

    /// <summary>Transactions begun.</summary>
    public long Begun { get; set; }

    /// <summary>Transactions committed.</summary>
    public long Committed { get; set; }

    /// <summary>Transactions aborted.</summary>
    public long Aborted { get; set; }

    /// <summary>Times a caller was told: in doubt.</summary>
    public long InDoubt { get; set; }

    /// <summary>Processes that died.</summary>
    public long Crashes { get; set; }

    /// <summary>Parties that started again in doubt.</summary>
    public long RecoveredInDoubt { get; set; }

    /// <summary>Messages sent.</summary>
    public long Messages { get; set; }

    /// <summary>Messages lost.</summary>
    public long Lost { get; set; }

    /// <summary>Forced writes.</summary>
    public long Forced { get; set; }

    /// <summary>Records that a crash lost.</summary>
    public long LostRecords { get; set; }

    /// <summary>Questions of substitutes for states, and of leaders for promises.</summary>
    public long Recoveries { get; set; }

    /// <summary>The longest time, in virtual milliseconds, from the end of all faults until all was decided and finished.</summary>
    public long LongestHealing { get; set; }

    /// <summary>Adds another run's.</summary>
    public void Add(CommitStatistics other)
    {
        Runs += other.Runs;
        Steps += other.Steps;
        Begun += other.Begun;
        Committed += other.Committed;
        Aborted += other.Aborted;
        InDoubt += other.InDoubt;
        Crashes += other.Crashes;
        RecoveredInDoubt += other.RecoveredInDoubt;
        Messages += other.Messages;
        Lost += other.Lost;
        Forced += other.Forced;
        LostRecords += other.LostRecords;
        Recoveries += other.Recoveries;
        LongestHealing = Math.Max(LongestHealing, other.LongestHealing);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Runs} runs, {Steps} checked steps, {Crashes} crashes, {Messages} messages, {Lost} lost, {Forced} forced writes, {LostRecords} lost records; "
        + $"{Begun} transactions, {Committed} committed, {Aborted} aborted, {InDoubt} times in doubt, {RecoveredInDoubt} started again in doubt, {Recoveries} questions of substitutes and leaders; "
        + $"healed after at most {LongestHealing} ms";
}

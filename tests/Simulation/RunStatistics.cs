namespace GrainKeeper.Simulation;

/// <summary>What a run, or many, have seen: a simulator that sees nothing proves nothing.</summary>
public sealed class RunStatistics
{
    /// <summary>Runs.</summary>
    public long Runs { get; set; }

    /// <summary>Steps of replicas, each followed by all checks.</summary>
    public long Steps { get; set; }

    /// <summary>Events.</summary>
    public long Events { get; set; }

    /// <summary>Virtual milliseconds.</summary>
    public long Milliseconds { get; set; }

    /// <summary>Epochs with an established leader.</summary>
    public long Epochs { get; set; }

    /// <summary>Committed transactions.</summary>
    public long Committed { get; set; }

    /// <summary>Writes acknowledged with success.</summary>
    public long AcknowledgedWrites { get; set; }

    /// <summary>Writes whose outcome stayed unknown.</summary>
    public long UnknownWrites { get; set; }

    /// <summary>Writes answered that were sent more than once.</summary>
    public long RepeatsAnswered { get; set; }

    /// <summary>Reads answered.</summary>
    public long Reads { get; set; }

    /// <summary>Watch events.</summary>
    public long WatchEvents { get; set; }

    /// <summary>Sessions that expired.</summary>
    public long ExpiredSessions { get; set; }

    /// <summary>Logs cut (TRUNC).</summary>
    public long Truncations { get; set; }

    /// <summary>States received whole (SNAP).</summary>
    public long Installs { get; set; }

    /// <summary>Appends and truncations torn by a crash.</summary>
    public long Torn { get; set; }

    /// <summary>Linearizable reads answered.</summary>
    public long LinearizableReads { get; set; }

    /// <summary>States of servers compared with each other and the model.</summary>
    public long ComparedStates { get; set; }

    /// <summary>Messages lost.</summary>
    public long LostMessages { get; set; }

    /// <summary>Faults.</summary>
    public long Faults { get; set; }

    /// <summary>Histories whose linearity could not be decided within the budget.</summary>
    public long Undecided { get; set; }

    /// <summary>Records of atomic commit acknowledged.</summary>
    public long CommitRecords { get; set; }

    /// <summary>Reads of such records.</summary>
    public long CommitReads { get; set; }

    /// <summary>Such records that a later leader found lost.</summary>
    public long LostCommitRecords { get; set; }

    /// <summary>Transactions that a tree has carried out.</summary>
    public long TreeTransactions { get; set; }

    /// <summary>Prepared transactions that a tree has given up.</summary>
    public long TreeTransactionsGivenUp { get; set; }

    /// <summary>Requests of clients that waited too long for a locked path.</summary>
    public long LockTimeouts { get; set; }

    /// <summary>The longest time, in virtual milliseconds, from the end of all faults until everybody served the same state and all clients had their answers.</summary>
    public long LongestHealing { get; set; }

    /// <summary>Adds another run's.</summary>
    public void Add(RunStatistics other)
    {
        Runs += other.Runs;
        Steps += other.Steps;
        Events += other.Events;
        Milliseconds += other.Milliseconds;
        Epochs += other.Epochs;
        Committed += other.Committed;
        AcknowledgedWrites += other.AcknowledgedWrites;
        UnknownWrites += other.UnknownWrites;
        RepeatsAnswered += other.RepeatsAnswered;
        Reads += other.Reads;
        LinearizableReads += other.LinearizableReads;
        WatchEvents += other.WatchEvents;
        ExpiredSessions += other.ExpiredSessions;
        Truncations += other.Truncations;
        Installs += other.Installs;
        ComparedStates += other.ComparedStates;
        Torn += other.Torn;
        LostMessages += other.LostMessages;
        Faults += other.Faults;
        Undecided += other.Undecided;
        CommitRecords += other.CommitRecords;
        CommitReads += other.CommitReads;
        LostCommitRecords += other.LostCommitRecords;
        TreeTransactions += other.TreeTransactions;
        TreeTransactionsGivenUp += other.TreeTransactionsGivenUp;
        LockTimeouts += other.LockTimeouts;
        LongestHealing = Math.Max(LongestHealing, other.LongestHealing);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Runs} runs, {Milliseconds / 1000} virtual s, {Events} events, {Steps} checked steps, {Faults} faults, {LostMessages} lost messages, {Torn} torn writes; "
        + $"{Epochs} epochs, {Committed} commits, {Truncations} TRUNC, {Installs} SNAP, {ComparedStates} compared states; "
        + $"{AcknowledgedWrites} acknowledged and {UnknownWrites} unknown writes, {RepeatsAnswered} answered when sent again, {Reads} reads, {LinearizableReads} of them linearizable, {WatchEvents} watch events, {ExpiredSessions} expired sessions, {Undecided} undecided histories; "
        + $"{CommitRecords} commit records, {LostCommitRecords} lost, {CommitReads} reads of them, {TreeTransactions} transactions of trees, {TreeTransactionsGivenUp} given up, {LockTimeouts} lock timeouts; "
        + $"healed after at most {LongestHealing} ms";
}

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

    /// <summary>States of servers compared with each other and the model.</summary>
    public long ComparedStates { get; set; }

    /// <summary>Messages lost.</summary>
    public long LostMessages { get; set; }

    /// <summary>Faults.</summary>
    public long Faults { get; set; }

    /// <summary>Histories whose linearity could not be decided within the budget.</summary>
    public long Undecided { get; set; }

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
        Reads += other.Reads;
        WatchEvents += other.WatchEvents;
        ExpiredSessions += other.ExpiredSessions;
        Truncations += other.Truncations;
        Installs += other.Installs;
        ComparedStates += other.ComparedStates;
        Torn += other.Torn;
        LostMessages += other.LostMessages;
        Faults += other.Faults;
        Undecided += other.Undecided;
        LongestHealing = Math.Max(LongestHealing, other.LongestHealing);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Runs} runs, {Milliseconds / 1000} virtual s, {Events} events, {Steps} checked steps, {Faults} faults, {LostMessages} lost messages, {Torn} torn writes; "
        + $"{Epochs} epochs, {Committed} commits, {Truncations} TRUNC, {Installs} SNAP, {ComparedStates} compared states; "
        + $"{AcknowledgedWrites} acknowledged and {UnknownWrites} unknown writes, {Reads} reads, {WatchEvents} watch events, {ExpiredSessions} expired sessions, {Undecided} undecided histories; "
        + $"healed after at most {LongestHealing} ms";
}

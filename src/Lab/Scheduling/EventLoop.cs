namespace GrainKeeper.Lab.Scheduling;

/// <summary>
/// Virtual time in microseconds, and what will happen in it. Events at the same moment happen in the order in which they were
/// planned, so that a run depends on nothing but its seed.
/// </summary>
public sealed class EventLoop
{
    /// <summary>Microseconds in a millisecond.</summary>
    public const long Millisecond = 1_000;

    /// <summary>Microseconds in a second.</summary>
    public const long Second = 1_000_000;

    private readonly PriorityQueue<Action, Moment> _events = new();
    private long _sequence;

    /// <summary>The present moment in microseconds since the run began.</summary>
    public long Now { get; private set; }

    /// <summary>Events that have happened.</summary>
    public long Happened { get; private set; }

    /// <summary>Events planned.</summary>
    public int Planned => _events.Count;

    /// <summary>Plans an event after a delay in microseconds.</summary>
    public void After(long delay, Action action) => At(Now + Math.Max(delay, 0), action);

    /// <summary>Plans an event at a moment, now if that has passed.</summary>
    public void At(long time, Action action) => _events.Enqueue(action, new Moment(Math.Max(time, Now), _sequence++));

    /// <summary>Lets the next event happen, if it is due by <paramref name="until"/>; otherwise time moves there.</summary>
    /// <returns>Whether an event happened.</returns>
    public bool RunNext(long until)
    {
        if (!_events.TryPeek(out _, out var moment) || moment.Time > until)
        {
            Now = Math.Max(Now, until);
            return false;
        }

        var action = _events.Dequeue();
        Now = moment.Time;
        Happened++;
        action();
        return true;
    }

    private readonly record struct Moment(long Time, long Sequence) : IComparable<Moment>
    {
        public int CompareTo(Moment other)
        {
            var byTime = Time.CompareTo(other.Time);
            return byTime != 0 ? byTime : Sequence.CompareTo(other.Sequence);
        }
    }
}

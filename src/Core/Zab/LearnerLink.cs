using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <summary>What a leader knows of one learner.</summary>
internal sealed class LearnerLink(ServerId id, ZabChannel channel, ZabMessage.FollowerInfo info, int attempt, long now)
{
    public enum Stage
    {
        /// <summary>Waits for the epoch to be chosen.</summary>
        Joined,

        /// <summary>Was told the epoch.</summary>
        EpochSent,

        /// <summary>Has told its history; waits until it can be synchronized.</summary>
        HistoryKnown,

        /// <summary>The log is searched for the point where histories part.</summary>
        Searching,

        /// <summary>A state is on its way.</summary>
        SendingState,

        /// <summary>What it lacks is read from the log.</summary>
        ReadingLog,

        /// <summary>Has all and gets what is new, but has not acknowledged the epoch.</summary>
        NewLeaderSent,

        /// <summary>Has acknowledged the epoch: history and epoch are durable there.</summary>
        EpochAcknowledged,

        /// <summary>Serves.</summary>
        UpToDate,
    }

    public ServerId Id { get; } = id;

    public ZabChannel Channel { get; } = channel;

    /// <summary>How often the learner has joined this leader, this time included.</summary>
    public int Attempt { get; } = attempt;

    public bool AskedAsObserver { get; } = info.Observer;

    public Stage State { get; set; } = Stage.Joined;

    public long HeardAt { get; set; } = now;

    /// <summary>The last zxid and the lowest that it can cut back to, as it told.</summary>
    public Zxid LastZxid { get; set; }

    public Zxid OldestZxid { get; set; }

    /// <summary>The last transaction sent, or that it has anyway.</summary>
    public Zxid Sent { get; set; }

    /// <summary>The last zxid of the history that it acknowledges with the epoch.</summary>
    public Zxid HistoryEnd { get; set; }

    /// <summary>Since when it waits for a state that can not be given before the epoch is established, or null.</summary>
    public long? StateAwaitedSince { get; set; }

    /// <summary>The log read under way for it, or 0.</summary>
    public long ReadId { get; set; }

    /// <summary>The message that must precede the first transaction read, or null when it was sent.</summary>
    public ZabMessage? PendingHeader { get; set; }

    public long BytesRead { get; set; }

    /// <summary>Whether a state was sent on this channel, after which only the log helps.</summary>
    public bool StateSent { get; set; }

    /// <summary>While searching: the highest counter known to be in the leader's log, the lowest known not to be, and the one asked for.</summary>
    public (uint Present, uint Absent, uint Asked) Search { get; set; }

    /// <summary>The last round in which it was asked whether it follows, and the last in which it said so.</summary>
    public (long Asked, long Answered) Confirmation { get; set; }

    public IStateReader? Reader { get; set; }

    public int NextChunk { get; set; }

    public int ChunksUnderWay { get; set; }

    public bool IsLive => State >= Stage.NewLeaderSent;

    public bool HasAcknowledgedEpoch => State >= Stage.EpochAcknowledged;

    public bool IsCatchingUp => State is Stage.Searching or Stage.SendingState or Stage.ReadingLog;
}

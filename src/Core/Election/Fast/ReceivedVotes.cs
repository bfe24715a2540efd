using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Election.Fast;

/// <summary>The last notification of each server of weight, of which those that agree with one are counted.</summary>
internal sealed class ReceivedVotes
{
    private readonly SortedDictionary<ServerId, FastNotification> _bySender = [];

    internal void Record(ServerId sender, FastNotification notification) => _bySender[sender] = notification;

    internal void Forget(ServerId sender) => _bySender.Remove(sender);

    internal void Clear() => _bySender.Clear();

    internal FastNotification? Of(ServerId sender) => _bySender.GetValueOrDefault(sender);

    /// <summary>The senders whose last notification backs the same leader as the given one.</summary>
    internal List<ServerId> Backers(FastNotification notification) =>
        [.. _bySender.Where(entry => Agree(entry.Value, notification)).Select(entry => entry.Key)];

    internal void KeepOnly(QuorumConfiguration configuration)
    {
        foreach (var (sender, notification) in _bySender.ToList())
        {
            if (!configuration.Counts(sender) || !configuration.Counts(notification.Vote.Leader))
            {
                _bySender.Remove(sender);
            }
        }
    }

    /// <summary>
    /// Servers that still look agree on the whole vote and the round. Servers that have a leader agree when they name the same one in the same epoch:
    /// they may have joined it in different rounds and with different zxids (ZOOKEEPER-1732, ZOOKEEPER-1805).
    /// </summary>
    private static bool Agree(FastNotification one, FastNotification other) =>
        one.State == ElectionState.Looking || other.State == ElectionState.Looking
            ? one.Vote == other.Vote && one.Round == other.Round
            : one.Vote.Leader == other.Vote.Leader && one.Vote.PeerEpoch == other.Vote.PeerEpoch;
}

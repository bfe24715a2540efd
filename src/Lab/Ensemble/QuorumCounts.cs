using GrainKeeper.Core.Election;
using GrainKeeper.Core.Election.Fast;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Lab.Ensemble;

/// <summary>What a server has heard from others, to tell which of them made up a quorum. The cores decide; this only counts for the narration.</summary>
internal sealed class QuorumCounts(ServerId self, QuorumConfiguration configuration)
{
    private readonly SortedDictionary<ServerId, (Vote Vote, long Round)> _votes = [];
    private readonly SortedDictionary<ServerId, Zxid> _acknowledged = [];
    private readonly SortedSet<ServerId> _promised = [];
    private readonly SortedSet<ServerId> _synchronized = [];

    internal void Hear(ServerId from, LabParcel parcel)
    {
        switch (parcel)
        {
            case { Election: FastNotification n }:
                _votes[from] = (n.Vote, n.Round);
                break;
            case { Election: Core.Election.Authenticated.SignedNotification s }:
                _votes[from] = (s.Notification.Vote, s.Notification.Round);
                break;
            case { Election: Core.Election.Polling.VoteReply r }:
                _votes[from] = (r.Vote, 0);
                break;
            case { Zab.Message: ZabMessage.AckEpoch { NewlyAccepted: true } }:
                _promised.Add(from);
                break;
            case { Zab.Message: ZabMessage.AckNewLeader m }:
                _synchronized.Add(from);
                _acknowledged[from] = m.LastZxid;
                break;
            case { Zab.Message: ZabMessage.Ack m }:
                _acknowledged[from] = m.UpTo;
                break;
            default:
                break;
        }
    }

    /// <summary>A leadership has ended: its answers count no more.</summary>
    internal void Forget()
    {
        _promised.Clear();
        _synchronized.Clear();
        _acknowledged.Clear();
    }

    internal string Backers(Vote vote, long round) => Tell(_votes.Where(v => v.Value.Vote.Leader == vote.Leader && (v.Value.Round == round || v.Value.Round == 0)).Select(v => v.Key), withSelf: true);

    internal string Promises() => Tell(_promised, withSelf: true);

    internal string Synchronized() => Tell(_synchronized, withSelf: true);

    internal string Acknowledged(Zxid zxid, Zxid ownDurable) => Tell(_acknowledged.Where(a => a.Value >= zxid).Select(a => a.Key), ownDurable >= zxid);

    private string Tell(IEnumerable<ServerId> servers, bool withSelf)
    {
        ServerId[] counted = [.. servers.Concat(withSelf ? [self] : []).Distinct().Where(configuration.IsParticipant).Order()];
        return $"{counted.Length} of {configuration.Participants.Count} ({string.Join(", ", counted)})";
    }
}

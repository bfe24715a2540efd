using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Replica;

/// <summary>On the leader: the servers whose clients' linearizable reads wait until a quorum confirms that it still leads. At most two for each server, as a round is under way and one is wanted.</summary>
internal sealed class LeaderConfirmations(ZabPeer peer)
{
    private readonly List<Asked> _asked = [];

    /// <summary>A server asks.</summary>
    public void Add(ServerId server, long ticket)
    {
        var asked = new Asked(server, ticket, peer.RequestConfirmation(), peer.LastCommitted);
        var same = _asked.FindIndex(a => a.Server == server && a.Round == asked.Round);
        if (same < 0)
        {
            _asked.Add(asked);
        }
        else
        {
            _asked[same] = asked;
        }
    }

    /// <summary>A server is gone.</summary>
    public void Drop(ServerId server) => _asked.RemoveAll(a => a.Server == server);

    /// <summary>Gives the next that is confirmed.</summary>
    public bool TryTake(out Asked confirmed)
    {
        if (_asked.Count == 0 || _asked[0].Round > peer.RoundConfirmed)
        {
            confirmed = default;
            return false;
        }

        confirmed = _asked[0];
        _asked.RemoveAt(0);
        return true;
    }

    /// <param name="Server">Who asks.</param>
    /// <param name="Ticket">Up to which of its reads.</param>
    /// <param name="Round">The round that confirms it.</param>
    /// <param name="Committed">What was committed when it asked.</param>
    public readonly record struct Asked(ServerId Server, long Ticket, long Round, Zxid Committed);
}

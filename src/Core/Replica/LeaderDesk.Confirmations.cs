using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Replica;

/// <content>Linearizable reads: no write is needed, only a quorum that confirms that this server leads.</content>
internal sealed partial class LeaderDesk
{
    private readonly LeaderConfirmations _confirmations;

    /// <summary>Linearizable reads of a server's clients wait.</summary>
    public void Confirm(ServerId origin, long ticket) => _confirmations.Add(origin, ticket);

    private void FlushConfirmations(List<Effect> effects)
    {
        _peer.BeginConfirmation(effects);
        while (_confirmations.TryTake(out var confirmed))
        {
            if (confirmed.Server == _self)
            {
                _clients.Confirmed(confirmed.Ticket, confirmed.Committed);
                continue;
            }

            _message.Clear();
            PeerMessages.WriteConfirmed(_message, confirmed.Ticket, confirmed.Committed);
            _messages.Add((confirmed.Server, _message.Written.ToArray()));
        }
    }
}

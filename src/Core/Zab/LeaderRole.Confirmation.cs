namespace GrainKeeper.Core.Zab;

/// <content>
/// Whether this server still leads, asked of a quorum: by messages only, nothing is logged. Who answers that it follows has promised no later epoch, and a later leader needs a promise
/// of one of any quorum; so when a quorum has answered, nobody had committed anything in a later epoch when the round began (Raft's ReadIndex).
/// </content>
internal sealed partial class LeaderRole
{
    private long _roundWanted;
    private long _roundBegun;

    /// <summary>The last round in which a quorum has confirmed that this server leads.</summary>
    public long RoundConfirmed { get; private set; }

    /// <summary>Wants a confirmation by a round that has not begun yet.</summary>
    public long RequestConfirmation() => _roundWanted = _roundBegun + 1;

    /// <summary>Begins the round that is wanted, one at a time: requests that come meanwhile share the next one.</summary>
    public void BeginConfirmation(List<Effect> effects)
    {
        if (Peer.Phase != ZabPhase.Broadcast || _roundWanted <= _roundBegun || _roundBegun > RoundConfirmed)
        {
            return;
        }

        _roundBegun = _roundWanted;
        for (var i = 0; i < _links.Count; i++)
        {
            AskToConfirm(_links.Values[i], effects);
        }

        CountConfirmations(effects);
    }

    /// <summary>A reconfiguration may have given others a vote since the round began, or made fewer a quorum.</summary>
    private void AskOnceMore(List<Effect> effects)
    {
        if (_roundBegun > RoundConfirmed)
        {
            for (var i = 0; i < _links.Count; i++)
            {
                AskToConfirm(_links.Values[i], effects);
            }

            CountConfirmations(effects);
        }
    }

    private void AskToConfirm(LearnerLink link, List<Effect> effects)
    {
        if (_roundBegun > RoundConfirmed && link.HasAcknowledgedEpoch && link.Confirmation.Asked < _roundBegun && History.Configurations.IsParticipant(link.Id))
        {
            link.Confirmation = link.Confirmation with { Asked = _roundBegun };
            link.Channel.Send(new ZabMessage.Confirm(_roundBegun), effects);
        }
    }

    private void OnConfirmed(LearnerLink link, long round, List<Effect> effects)
    {
        link.Confirmation = link.Confirmation with { Answered = round };
        if (_roundBegun > RoundConfirmed)
        {
            CountConfirmations(effects);
        }
    }

    private void CountConfirmations(List<Effect> effects)
    {
        _inTouch.Clear();
        _inTouch.Add(Peer.Self);
        for (var i = 0; i < _links.Count; i++)
        {
            if (_links.Values[i].Confirmation.Answered == _roundBegun)
            {
                _inTouch.Add(_links.Keys[i]);
            }
        }

        if (History.Configurations.IsQuorum(_inTouch))
        {
            RoundConfirmed = _roundBegun;
            BeginConfirmation(effects);
        }
    }
}

namespace GrainKeeper.Core.Replica;

/// <content>When requests are proposed: with which others, and what waits meanwhile.</content>
internal sealed partial class LeaderDesk
{
    private readonly ProposalRounds _rounds = new();
    private long _proposedBefore;
    private bool _moreFollows;
    private bool _deferred;

    /// <summary>Proposes what was held back, as far as there is room.</summary>
    public void Pump()
    {
        Commits.Pump();
        RetryWaiters();
        if (_unfinished is { } unfinished && CanPropose)
        {
            _unfinished = null;
            if (!MustWait(unfinished))
            {
                Trim(unfinished.Request.SessionId);
                if (!CanPropose)
                {
                    _unfinished = unfinished;
                    return;
                }

                Prepare(unfinished);
            }
        }

        _rounds.End(_held.Count, _peer.LastCommitted, _now.Monotonic);
        _deferred = _moreFollows && _held.Count is > 0 and < ProposalRounds.Enough;
        if (_deferred || (_held.Count > 0 && _rounds.MustGather(_held.Count, _now.Monotonic)))
        {
            return;
        }

        while (_unfinished is null && _held.Count > 0 && CanPropose)
        {
            Process(_held.RemoveFirst());
        }
    }

    /// <summary>Whether a request may be prepared at once: none waits before it.</summary>
    private bool HasRoom => _held.Count == 0 && _unfinished is null && CanPropose && !_moreFollows && !_rounds.MustGather(0, _now.Monotonic);

    private void Hold(in Held held)
    {
        if (_held.Count == 0)
        {
            _rounds.BeginGathering(_now.Monotonic);
        }

        _held.Add(held);
    }
}

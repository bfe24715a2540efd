using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Election.Fast;

/// <summary>
/// ZooKeeper's FastLeaderElection (<c>electionAlg=3</c>): every looking server tells its vote, takes over a better one, and decides when a quorum backs
/// the same. A server that has a leader tells so to those that look. <c>docs/election.md</c> explains the rules.
/// </summary>
public sealed class FastLeaderElection : IElection
{
    private readonly ElectionOptions _options;
    private readonly ReceivedVotes _inRound = new();
    private readonly ReceivedVotes _outOfElection = new();
    private readonly SortedSet<ServerId> _looking = [];
    private readonly SortedSet<ServerId> _down = [];
    private QuorumConfiguration _configuration;
    private ElectionCounters _counters;
    private bool _started;
    private long _clock;
    private Zxid _lastZxid;
    private Epoch _currentEpoch;
    private long? _finalizeAt;
    private long? _resendAt;
    private int _resendInterval;

    /// <summary>Makes one. Use <see cref="ElectionFactory"/>, which checks the arguments.</summary>
    internal FastLeaderElection(ServerId self, QuorumConfiguration configuration, ElectionOptions options)
    {
        Self = self;
        _configuration = configuration;
        _options = options;
    }

    /// <inheritdoc/>
    public ServerId Self { get; }

    /// <inheritdoc/>
    public ElectionState State { get; private set; }

    /// <inheritdoc/>
    public long Round { get; private set; }

    /// <inheritdoc/>
    public Vote CurrentVote { get; private set; }

    /// <inheritdoc/>
    public ElectionCounters Counters => _counters;

    /// <inheritdoc/>
    public long? NextDeadline => _finalizeAt < _resendAt ? _finalizeAt : _resendAt;

    /// <summary>What this server tells now, or null before its first start.</summary>
    internal FastNotification? Told => _started ? new FastNotification(CurrentVote, Round, State) : null;

    /// <inheritdoc/>
    public void Step(ElectionInput input, Now now, List<Effect> effects)
    {
        switch (input)
        {
            case ElectionInput.StartLooking start:
                (_lastZxid, _currentEpoch, _started) = (start.LastZxid, start.CurrentEpoch, true);
                BeginRound(now, effects);
                break;
            case ElectionInput.MessageReceived { From: var from, Message: FastNotification notification }:
                Receive(from, notification, now, effects);
                break;
            case ElectionInput.MessageReceived:
                _counters = _counters with { OtherAlgorithm = _counters.OtherAlgorithm + 1 };
                break;
            case ElectionInput.PeerConnected(var peer):
                Connect(peer, effects);
                break;
            case ElectionInput.PeerLost(var peer):
                Lose(peer, now, effects);
                break;
            case ElectionInput.EpochEstablished(var epoch):
                Establish(epoch, effects);
                break;
            case ElectionInput.ConfigurationChanged(var configuration):
                Reconfigure(configuration, now, effects);
                break;
            case ElectionInput.Tick:
                Tick(now, effects);
                break;
            default:
                throw new InvariantViolationException($"election input {input} has no handler");
        }

        Invariant.That(State != ElectionState.Leading || CurrentVote.Leader == Self, $"server {Self} leads, but votes for {CurrentVote.Leader}");
    }

    private Vote InitialVote => _configuration.InitialVote(Self, _lastZxid, _currentEpoch);

    private bool Looks => _started && State == ElectionState.Looking;

    private void BeginRound(Now now, List<Effect> effects)
    {
        _clock++;
        Invariant.That(VoteRules.IsRound(_clock), $"round {_clock} is out of range");
        State = ElectionState.Looking;
        Round = _clock;
        _outOfElection.Clear();
        Propose(InitialVote);
        _inRound.Clear();
        TellAll(now, effects);
        Decide(now, effects);
    }

    private void Propose(Vote vote)
    {
        CurrentVote = vote;
        _finalizeAt = null;
    }

    private void Receive(ServerId from, FastNotification notification, Now now, List<Effect> effects)
    {
        if (from == Self || !_configuration.Contains(from))
        {
            _counters = _counters with { Strangers = _counters.Strangers + 1 };
            AnswerStranger(from, notification, effects);
            return;
        }

        if (!IsAcceptable(from, notification))
        {
            _counters = _counters with { Malformed = _counters.Malformed + 1 };
            return;
        }

        _down.Remove(from);
        NoteState(from, notification.State);
        if (!_started)
        {
            return;
        }

        if (State != ElectionState.Looking || !_configuration.Counts(from))
        {
            if (notification.State == ElectionState.Looking)
            {
                Answer(from, effects);
            }
        }
        else if (notification.State == ElectionState.Looking)
        {
            HearLooking(from, notification, now, effects);
        }
        else
        {
            HearElected(from, notification, now, effects);
        }
    }

    /// <summary>A server that is about to be added, or was removed, has no say; but it may follow as a learner, so it is told who leads.</summary>
    private void AnswerStranger(ServerId from, FastNotification notification, List<Effect> effects)
    {
        if (from == Self || !VoteRules.IsServer(from) || !VoteRules.IsRound(notification.Round) || !VoteRules.IsWellFormed(notification.Vote))
        {
            return;
        }

        if (notification.State != ElectionState.Looking)
        {
            _looking.Remove(from);
            return;
        }

        _looking.Add(from);
        if (_started)
        {
            Answer(from, effects);
        }
    }

    /// <summary>A server without weight may vote for nobody; whoever's vote counts votes for one who may lead.</summary>
    private bool IsAcceptable(ServerId from, FastNotification notification) =>
        VoteRules.IsRound(notification.Round)
        && VoteRules.IsWellFormed(notification.Vote)
        && notification.State is >= ElectionState.Looking and <= ElectionState.Observing
        && (!_configuration.Counts(from) || _configuration.Counts(notification.Vote.Leader))
        && (notification.State != ElectionState.Leading || notification.Vote.Leader == from)
        && (notification.State != ElectionState.Observing || !_configuration.Counts(from));

    private void NoteState(ServerId from, ElectionState state)
    {
        if (state == ElectionState.Looking)
        {
            _looking.Add(from);

            // What it said as follower or leader is no longer true, so it must not help to name a leader.
            _outOfElection.Forget(from);
        }
        else
        {
            _looking.Remove(from);
        }
    }

    private void HearLooking(ServerId from, FastNotification notification, Now now, List<Effect> effects)
    {
        if (notification.Round < Round)
        {
            Answer(from, effects);
            return;
        }

        if (notification.Round > Round)
        {
            Round = _clock = notification.Round;
            _inRound.Clear();
            Propose(notification.Vote > InitialVote ? notification.Vote : InitialVote);
            TellAll(now, effects);
        }
        else if (notification.Vote > CurrentVote)
        {
            Propose(notification.Vote);
            TellAll(now, effects);
        }
        else if (notification.Vote < CurrentVote)
        {
            // Our own telling may have been lost; without this the laggard would wait for the next resend.
            Answer(from, effects);
        }

        // Within a round a vote only gets better: a worse one has been overtaken on its way.
        if (_inRound.Of(from) is not { State: ElectionState.Looking } known || known.Vote <= notification.Vote)
        {
            _inRound.Record(from, notification);
        }

        Decide(now, effects);
    }

    private void HearElected(ServerId from, FastNotification notification, Now now, List<Effect> effects)
    {
        _outOfElection.Record(from, notification);
        if (notification.Round == Round)
        {
            _inRound.Record(from, notification);
            if (IsEstablished(_inRound, notification))
            {
                Join(_inRound, notification, effects);
                return;
            }
        }

        if (IsEstablished(_outOfElection, notification))
        {
            Join(_outOfElection, notification, effects);
            return;
        }

        Decide(now, effects);
    }

    /// <summary>
    /// A quorum names the leader, and the leader has said itself that it leads; or it is this server, elected by others in the very round it is in.
    /// Otherwise followers that have not noticed yet could send a server after a leader that is gone.
    /// </summary>
    private bool IsEstablished(ReceivedVotes votes, FastNotification notification)
    {
        var leader = notification.Vote.Leader;
        var confirmed = leader == Self ? notification.Round == Round : votes.Of(leader)?.State == ElectionState.Leading;
        return confirmed && _configuration.IsQuorum(votes.Backers(notification));
    }

    private void Join(ReceivedVotes votes, FastNotification notification, List<Effect> effects)
    {
        var leaders = votes.Of(notification.Vote.Leader) ?? notification;
        Become(leaders.Vote, leaders.Round, effects);
    }

    private void Decide(Now now, List<Effect> effects)
    {
        if (!IsBacked(out var backers) || _down.Contains(CurrentVote.Leader))
        {
            _finalizeAt = null;
            return;
        }

        _finalizeAt ??= now.Monotonic + _options.FinalizeWait;
        if (now.Monotonic >= _finalizeAt || NobodyBetterCanCome(backers))
        {
            Become(CurrentVote, Round, effects);
        }
    }

    private bool IsBacked(out List<ServerId> backers)
    {
        var own = new FastNotification(CurrentVote, Round, ElectionState.Looking);
        backers = _inRound.Backers(own);
        if (_configuration.Counts(Self))
        {
            backers.Add(Self);
        }

        return CurrentVote != VoteRules.None && _configuration.IsQuorum(backers);
    }

    /// <summary>Every server that may lead either backs this vote already or has lost its connection. One that comes back meanwhile joins late.</summary>
    private bool NobodyBetterCanCome(List<ServerId> backers) =>
        _configuration.Participants.All(id => !_configuration.Counts(id) || _down.Contains(id) || backers.Contains(id));

    private void Become(Vote vote, long round, List<Effect> effects)
    {
        Invariant.That(_configuration.Counts(vote.Leader), $"server {vote.Leader} was elected but may not lead");
        Invariant.That(round <= _clock || vote.Leader != Self, $"server {Self} would lead in round {round}, beyond its clock {_clock}");
        State = _configuration.StateUnder(vote.Leader, Self);
        CurrentVote = vote;
        Round = round;
        _clock = Math.Max(_clock, round);
        _finalizeAt = _resendAt = null;
        _inRound.Clear();
        _outOfElection.Clear();
        effects.Add(new ElectionEffect.Elected(vote.Leader, round));
        TellLooking(effects);
    }

    private void Connect(ServerId peer, List<Effect> effects)
    {
        _down.Remove(peer);
        if (peer != Self && _configuration.Contains(peer))
        {
            Tell(peer, effects);
        }
        else if (peer != Self && VoteRules.IsServer(peer))
        {
            Answer(peer, effects);
        }
    }

    private void Lose(ServerId peer, Now now, List<Effect> effects)
    {
        _looking.Remove(peer);
        if (!_configuration.Contains(peer) || peer == Self)
        {
            return;
        }

        _down.Add(peer);
        _inRound.Forget(peer);
        _outOfElection.Forget(peer);
        if (!Looks)
        {
            return;
        }

        if (CurrentVote.Leader == peer)
        {
            // Electing it would cost a synchronization timeout; and only a new round makes the others drop their votes for it.
            BeginRound(now, effects);
        }
        else
        {
            Decide(now, effects);
        }
    }

    private void Establish(Epoch epoch, List<Effect> effects)
    {
        if (!_started || State == ElectionState.Looking)
        {
            return;
        }

        // Every server of the new leadership must tell the same epoch, or late joiners find no agreeing quorum.
        CurrentVote = CurrentVote with { PeerEpoch = epoch };
        TellLooking(effects);
    }

    private void Reconfigure(QuorumConfiguration configuration, Now now, List<Effect> effects)
    {
        _configuration = configuration;
        _inRound.KeepOnly(configuration);
        _outOfElection.KeepOnly(configuration);
        _down.RemoveWhere(id => !configuration.Contains(id));
        if (!Looks)
        {
            // Who was given a vote, or lost it, goes on with its leader, but must not tell so as the other kind.
            State = _started ? configuration.StateUnder(CurrentVote.Leader, Self) : State;
            return;
        }

        if (CurrentVote < InitialVote || (CurrentVote != VoteRules.None && !configuration.Counts(CurrentVote.Leader)))
        {
            BeginRound(now, effects);
        }
        else
        {
            Decide(now, effects);
        }
    }

    private void Tick(Now now, List<Effect> effects)
    {
        if (!Looks)
        {
            return;
        }

        Decide(now, effects);
        if (State != ElectionState.Looking || now.Monotonic < _resendAt)
        {
            return;
        }

        var interval = (int)Math.Min(2L * _resendInterval, _options.ResendMax);
        if (_down.Contains(CurrentVote.Leader) && IsBacked(out _))
        {
            BeginRound(now, effects);
        }
        else
        {
            TellAll(now, effects);
        }

        _resendInterval = interval;
        _resendAt = _resendAt is null ? null : now.Monotonic + interval;
    }

    /// <summary>Tells all who vote, and starts the back-off anew.</summary>
    private void TellAll(Now now, List<Effect> effects)
    {
        _resendInterval = _options.ResendMin;
        _resendAt = now.Monotonic + _resendInterval;
        foreach (var peer in _configuration.Participants)
        {
            if (peer != Self)
            {
                Tell(peer, effects);
            }
        }
    }

    private void TellLooking(List<Effect> effects)
    {
        foreach (var peer in _looking)
        {
            Answer(peer, effects);
        }
    }

    /// <summary>Tells one that looks. Servers whose vote does not count keep silent, or two that look could answer each other for ever.</summary>
    private void Answer(ServerId peer, List<Effect> effects)
    {
        if (_configuration.Counts(Self))
        {
            Tell(peer, effects);
        }
    }

    private void Tell(ServerId peer, List<Effect> effects)
    {
        if (Told is { } told)
        {
            effects.Add(new ElectionEffect.Send(peer, told));
        }
    }
}

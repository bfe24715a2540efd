using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Election.Polling;

/// <summary>
/// ZooKeeper's first election (<c>electionAlg=0</c>): a looking server polls every peer for its present vote, counts, takes over the best vote of a live
/// candidate, and repeats until a quorum names one. <c>docs/election.md</c> explains the rules.
/// </summary>
public sealed class LeaderElection : IElection
{
    private readonly ElectionOptions _options;
    private readonly SortedDictionary<ServerId, VoteReply> _replies = [];
    private readonly SortedSet<ServerId> _down = [];
    private QuorumConfiguration _configuration;
    private ElectionCounters _counters;
    private bool _started;
    private bool _polling;
    private long _poll;
    private int _pause;
    private Zxid _lastZxid;
    private Epoch _currentEpoch;

    /// <summary>Makes one. Use <see cref="ElectionFactory"/>, which checks the arguments.</summary>
    internal LeaderElection(ServerId self, QuorumConfiguration configuration, ElectionOptions options)
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
    public long? NextDeadline { get; private set; }

    /// <inheritdoc/>
    public void Step(ElectionInput input, Now now, List<Effect> effects)
    {
        switch (input)
        {
            case ElectionInput.StartLooking start:
                (_lastZxid, _currentEpoch, _started) = (start.LastZxid, start.CurrentEpoch, true);
                Round++;
                State = ElectionState.Looking;
                CurrentVote = InitialVote;
                _pause = _options.PollInterval;
                BeginPoll(now, effects);
                break;
            case ElectionInput.MessageReceived { From: var from, Message: var message }:
                Receive(from, message, now, effects);
                break;
            case ElectionInput.PeerConnected(var peer):
                Connect(peer, now, effects);
                break;
            case ElectionInput.PeerLost(var peer):
                Lose(peer, now, effects);
                break;
            case ElectionInput.EpochEstablished(var epoch):
                CurrentVote = _started && State != ElectionState.Looking ? CurrentVote with { PeerEpoch = epoch } : CurrentVote;
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

    private void BeginPoll(Now now, List<Effect> effects)
    {
        _poll++;
        _polling = true;
        _replies.Clear();
        NextDeadline = now.Monotonic + _options.PollTimeout;
        foreach (var peer in Voters())
        {
            effects.Add(new ElectionEffect.Send(peer, new VoteRequest(_poll)));
        }

        CountWhenComplete(now, effects);
    }

    private void Receive(ServerId from, ElectionMessage message, Now now, List<Effect> effects)
    {
        if (from == Self || !_configuration.Contains(from))
        {
            _counters = _counters with { Strangers = _counters.Strangers + 1 };
            if (from != Self && VoteRules.IsServer(from) && message is VoteRequest asked)
            {
                // A server that is about to be added, or was removed, has no say; but it may follow as a learner.
                Answer(from, asked, effects);
            }

            return;
        }

        switch (message)
        {
            case VoteRequest request:
                _down.Remove(from);
                Answer(from, request, effects);
                break;
            case VoteReply reply when !IsAcceptable(from, reply):
                _counters = _counters with { Malformed = _counters.Malformed + 1 };
                break;
            case VoteReply reply:
                _down.Remove(from);
                TakeReply(from, reply, now, effects);
                break;
            default:
                _counters = _counters with { OtherAlgorithm = _counters.OtherAlgorithm + 1 };
                break;
        }
    }

    private void Answer(ServerId from, VoteRequest request, List<Effect> effects)
    {
        if (_started && _configuration.Counts(Self))
        {
            effects.Add(new ElectionEffect.Send(from, new VoteReply(request.Poll, CurrentVote, State)));
        }
    }

    private bool IsAcceptable(ServerId from, VoteReply reply) =>
        VoteRules.IsWellFormed(reply.Vote)
        && _configuration.Counts(from)
        && _configuration.Counts(reply.Vote.Leader)
        && reply.State is ElectionState.Looking or ElectionState.Following or ElectionState.Leading
        && (reply.State != ElectionState.Leading || reply.Vote.Leader == from);

    private void TakeReply(ServerId from, VoteReply reply, Now now, List<Effect> effects)
    {
        // The answer to an earlier poll may tell a vote that its sender has given up since.
        if (Looks && _polling && reply.Poll == _poll)
        {
            _replies[from] = reply;
            CountWhenComplete(now, effects);
        }
    }

    private void CountWhenComplete(Now now, List<Effect> effects)
    {
        if (Voters().All(peer => _replies.ContainsKey(peer) || _down.Contains(peer)))
        {
            Count(now, effects);
        }
    }

    private void Count(Now now, List<Effect> effects)
    {
        var votes = new SortedDictionary<ServerId, Vote>(_replies.ToDictionary(entry => entry.Key, entry => entry.Value.Vote));
        if (_configuration.Counts(Self))
        {
            votes[Self] = CurrentVote;
        }

        // A vote for a server that did not answer must not elect it: it is probably gone (ZOOKEEPER-569).
        var valid = votes.Where(entry => votes.ContainsKey(entry.Value.Leader)).ToList();
        foreach (var candidate in valid.Select(entry => entry.Value.Leader).Distinct().Order().ToList())
        {
            var backers = valid.Where(entry => entry.Value.Leader == candidate).Select(entry => entry.Key).ToList();
            if (votes[candidate].Leader == candidate && _configuration.IsQuorum(backers))
            {
                Become(votes[candidate], effects);
                return;
            }
        }

        var best = valid.Select(entry => entry.Value).Append(InitialVote).Max();
        _pause = best == CurrentVote ? Math.Min(2 * _pause, _options.PollIntervalMax) : _options.PollInterval;
        _polling = false;
        NextDeadline = now.Monotonic + _pause;
        CurrentVote = best;
    }

    private void Become(Vote vote, List<Effect> effects)
    {
        Invariant.That(_configuration.Counts(vote.Leader), $"server {vote.Leader} was elected but may not lead");
        State = _configuration.StateUnder(vote.Leader, Self);
        CurrentVote = vote;
        _polling = false;
        _replies.Clear();
        NextDeadline = null;
        effects.Add(new ElectionEffect.Elected(vote.Leader, Round));
    }

    private void Connect(ServerId peer, Now now, List<Effect> effects)
    {
        _down.Remove(peer);
        if (!Looks || !Voters().Contains(peer))
        {
            return;
        }

        if (!_polling)
        {
            BeginPoll(now, effects);
        }
        else if (!_replies.ContainsKey(peer))
        {
            effects.Add(new ElectionEffect.Send(peer, new VoteRequest(_poll)));
        }
    }

    private void Lose(ServerId peer, Now now, List<Effect> effects)
    {
        if (peer == Self || !_configuration.Contains(peer))
        {
            return;
        }

        _down.Add(peer);
        _replies.Remove(peer);
        if (Looks && _polling)
        {
            CountWhenComplete(now, effects);
        }
    }

    private void Reconfigure(QuorumConfiguration configuration, Now now, List<Effect> effects)
    {
        _configuration = configuration;
        _down.RemoveWhere(id => !configuration.Contains(id));
        if (Looks)
        {
            CurrentVote = configuration.Counts(CurrentVote.Leader) ? CurrentVote : InitialVote;
            BeginPoll(now, effects);
        }
        else if (_started)
        {
            // Who was given a vote, or lost it, goes on with its leader, but must not tell so as the other kind.
            State = configuration.StateUnder(CurrentVote.Leader, Self);
        }
    }

    private void Tick(Now now, List<Effect> effects)
    {
        if (!Looks || now.Monotonic < NextDeadline)
        {
            return;
        }

        if (_polling)
        {
            Count(now, effects);
        }
        else
        {
            BeginPoll(now, effects);
        }
    }

    private IEnumerable<ServerId> Voters() => _configuration.Participants.Where(peer => peer != Self && _configuration.Counts(peer));
}

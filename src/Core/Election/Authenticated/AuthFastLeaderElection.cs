using GrainKeeper.Core.Election.Fast;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Election.Authenticated;

/// <summary>
/// AuthFastLeaderElection (<c>electionAlg=2</c>): <see cref="FastLeaderElection"/> whose notifications are signed with HMAC-SHA256 under the ensemble's
/// secret, over sender, receiver, vote, round, the sender's nonce, the receiver's challenge and a sequence number. What is unsigned, forged or
/// replayed is counted and ignored. <c>docs/election.md</c> explains the exchange.
/// </summary>
public sealed class AuthFastLeaderElection : IElection
{
    private readonly FastLeaderElection _inner;
    private readonly NotificationSigner _signer;
    private readonly int _seed;
    private readonly List<Effect> _innerEffects = [];
    private readonly SortedDictionary<ServerId, PeerProof> _peers = [];
    private QuorumConfiguration _configuration;
    private ElectionCounters _counters;
    private Now? _startedAt;
    private long _nonces;
    private byte[] _nonce = [];

    /// <summary>Makes one. Use <see cref="ElectionFactory"/>, which checks the other arguments.</summary>
    /// <exception cref="ArgumentException">The secret is too short.</exception>
    internal AuthFastLeaderElection(ServerId self, QuorumConfiguration configuration, ElectionOptions options, int seed)
    {
        if (options.Secret.Length < ElectionOptions.MinSecretLength)
        {
            throw new ArgumentException(
                $"electionAlg 2 needs a secret of at least {ElectionOptions.MinSecretLength} bytes, this one has {options.Secret.Length}: set the same one on all servers");
        }

        _inner = new FastLeaderElection(self, configuration, options);
        _signer = new NotificationSigner(options.Secret);
        _configuration = configuration;
        _seed = seed;
    }

    /// <inheritdoc/>
    public ServerId Self => _inner.Self;

    /// <inheritdoc/>
    public ElectionState State => _inner.State;

    /// <inheritdoc/>
    public long Round => _inner.Round;

    /// <inheritdoc/>
    public Vote CurrentVote => _inner.CurrentVote;

    /// <inheritdoc/>
    public long? NextDeadline => _inner.NextDeadline;

    /// <inheritdoc/>
    public ElectionCounters Counters => _counters with { Malformed = _inner.Counters.Malformed };

    /// <inheritdoc/>
    public void Step(ElectionInput input, Now now, List<Effect> effects)
    {
        if (_startedAt is null)
        {
            _startedAt = now;
            _nonce = NewNonce();
        }

        switch (input)
        {
            case ElectionInput.MessageReceived { From: var from, Message: var message }:
                Receive(from, message, now, effects);
                break;
            case ElectionInput.ConfigurationChanged(var configuration):
                Reconfigure(configuration);
                StepInner(input, now, effects);
                break;
            default:
                StepInner(input, now, effects);
                break;
        }
    }

    private void Receive(ServerId from, ElectionMessage message, Now now, List<Effect> effects)
    {
        if (from == Self || !_configuration.Contains(from))
        {
            _counters = _counters with { Strangers = _counters.Strangers + 1 };
            if (from == Self || !VoteRules.IsServer(from))
            {
                return;
            }
        }

        switch (message)
        {
            case SignedNotification signed when !_signer.IsGenuine(from, Self, signed):
            case Challenge challenge when !_signer.IsGenuine(from, Self, challenge):
                _counters = _counters with { Forged = _counters.Forged + 1 };
                break;
            case SignedNotification signed:
                Take(from, signed, now, effects);
                break;
            case Challenge challenge:
                Take(from, challenge, effects);
                break;
            case FastNotification:
                _counters = _counters with { Unsigned = _counters.Unsigned + 1 };
                break;
            default:
                _counters = _counters with { OtherAlgorithm = _counters.OtherAlgorithm + 1 };
                break;
        }
    }

    private void Take(ServerId from, SignedNotification signed, Now now, List<Effect> effects)
    {
        var proof = ProofOf(from);
        switch (proof.Judge(signed))
        {
            case PeerProof.Verdict.Unchallenged:
                _counters = _counters with { Unchallenged = _counters.Unchallenged + 1 };
                SendChallenge(from, signed, proof, effects);
                return;
            case PeerProof.Verdict.Outdated:
                _counters = _counters with { Replayed = _counters.Replayed + 1 };
                SendChallenge(from, signed, proof, effects);
                return;
            case PeerProof.Verdict.Seen:
                _counters = _counters with { Replayed = _counters.Replayed + 1 };
                return;
            case PeerProof.Verdict.FreshFromNewLife:
                proof.Expect(NewNonce());
                SendChallenge(from, signed, proof, effects);
                break;
            default:
                break;
        }

        StepInner(new ElectionInput.MessageReceived(from, signed.Notification), now, effects);
    }

    private void Take(ServerId from, Challenge challenge, List<Effect> effects)
    {
        if (!challenge.Nonce.Span.SequenceEqual(_nonce))
        {
            _counters = _counters with { Replayed = _counters.Replayed + 1 };
        }
        else if (ProofOf(from).Learn(challenge.Value) && _inner.Told is { } told)
        {
            SendSigned(from, told, effects);
        }
    }

    private void StepInner(ElectionInput input, Now now, List<Effect> effects)
    {
        _innerEffects.Clear();
        _inner.Step(input, now, _innerEffects);
        foreach (var effect in _innerEffects)
        {
            if (effect is ElectionEffect.Send { To: var to, Message: FastNotification notification })
            {
                SendSigned(to, notification, effects);
            }
            else
            {
                effects.Add(effect);
            }
        }
    }

    private void SendSigned(ServerId to, FastNotification notification, List<Effect> effects)
    {
        var proof = ProofOf(to);
        effects.Add(new ElectionEffect.Send(to, _signer.Sign(Self, to, notification, _nonce, proof.Theirs, proof.NextSequence())));
    }

    private void SendChallenge(ServerId to, SignedNotification answered, PeerProof proof, List<Effect> effects) =>
        effects.Add(new ElectionEffect.Send(to, _signer.Sign(Self, to, proof.Expected, answered.Nonce.ToArray())));

    private PeerProof ProofOf(ServerId peer)
    {
        if (!_peers.TryGetValue(peer, out var proof))
        {
            proof = new PeerProof(NewNonce());
            _peers.Add(peer, proof);
        }

        return proof;
    }

    private void Reconfigure(QuorumConfiguration configuration)
    {
        _configuration = configuration;
    }

    private byte[] NewNonce() => _signer.Nonce(Self, _seed, _startedAt!.Value, _nonces++);
}

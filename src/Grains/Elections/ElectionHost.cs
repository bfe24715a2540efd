using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Elections;
using GrainKeeper.Contracts.Peers;
using GrainKeeper.Contracts.Servers;
using GrainKeeper.Core;
using GrainKeeper.Core.Election;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Grains.Peers;
using GrainKeeper.Grains.Pumping;
using GrainKeeper.Grains.Trees;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Grains.Elections;

/// <summary>Runs one tree's election core on this server: messages in and out, time, and the word to the replica when a leader is elected.</summary>
internal sealed class ElectionHost : CorePump<object>, IPeerLinkOwner
{
    private const long MaxQueuedBytes = 1024 * 1024;

    private readonly InputBudget _budget = new(MaxQueuedBytes);
    private readonly List<Effect> _effects = [];
    private readonly TreeContext _context;
    private readonly Action<ServerId, long> _elected;
    private readonly ILogger _logger;
    private readonly IElection _core;
    private readonly PeerReceiver<ElectionMessage> _receiver;
    private readonly PeerLinkIdentity _identity;
    private PeerLinks<ElectionMessage>? _links;
    private long _ticket;
    private long _decisions;
    private QuorumConfiguration _configuration;

    /// <param name="context">The tree.</param>
    /// <param name="elected">Takes the leader and the ticket of the question.</param>
    public ElectionHost(TreeContext context, Action<ServerId, long> elected)
    {
        _context = context;
        _elected = elected;
        _logger = context.Loggers.CreateLogger<ElectionHost>();
        var options = context.Options;

        // An election keeps nothing over a restart but what the replica tells it, so the time of its start is enough of an incarnation.
        var started = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        _core = ElectionFactory.Create(
            options.ElectionAlgorithm, options.Self, _configuration = context.Ensemble.Quorum, options.Election, unchecked((int)(started ^ (started >> 32)) * 31 + options.Self.Value));
        _identity = new PeerLinkIdentity(options.Self, started, context.Created, context.SignerOf("election"));
        _receiver = new PeerReceiver<ElectionMessage>(
            _identity, context.IsPeer, ElectionMessageCodec.Decode, batch => Queue.TryAdd(batch, _budget, batch.Bytes), _logger);
    }

    /// <summary>Only between rounds.</summary>
    public ElectionStatus Status
    {
        get
        {
            var vote = _core.CurrentVote;
            return new ElectionStatus(
                _context.Tree,
                _context.Self.Value,
                _context.Options.ElectionAlgorithm,
                _core.State switch
                {
                    ElectionState.Looking => ServerRole.Looking,
                    ElectionState.Following => ServerRole.Following,
                    ElectionState.Leading => ServerRole.Leading,
                    ElectionState.Observing => ServerRole.Observing,
                    var other => throw new InvariantViolationException($"unknown election state {other}"),
                },
                _core.Round,
                vote.Leader.Value,
                vote.LastZxid.Value,
                vote.PeerEpoch.Value,
                _decisions);
        }
    }

    /// <summary>The logical clock, as of the last round.</summary>
    public long Round => _core.Round;

    protected override long? NextDeadline => _core.NextDeadline;

    /// <summary>Takes a peer's batch. On the activation's scheduler only.</summary>
    public PeerBatchAck Deliver(PeerBatch batch) => _receiver.Deliver(batch);

    /// <summary>The replica has no leader. Thread-safe.</summary>
    public void StartLooking(Zxid lastZxid, Epoch currentEpoch, long ticket) =>
        Queue.Add(new LookForLeader(new ElectionInput.StartLooking(lastZxid, currentEpoch), ticket));

    /// <summary>The replica's epoch is established. Thread-safe.</summary>
    public void EpochEstablished(Epoch epoch) => Queue.Add(new ElectionInput.EpochEstablished(epoch));

    void IPeerLinkOwner.LinkLost(ServerId peer, string reason) => Queue.Add(new ElectionInput.PeerLost(peer));

    void IPeerLinkOwner.LinkConnected(ServerId peer) => Queue.Add(new ElectionInput.PeerConnected(peer));

    protected override ValueTask OpenAsync()
    {
        _links = new PeerLinks<ElectionMessage>(
            _identity,
            _configuration,
            probes: true,
            _context.Options.Peers,
            _context.Liveness,
            peer => new PeerWire(batch => _context.Grains.GetGrain<IFastLeaderElectionGrain>(ServerGrainKey.Format(_context.Tree, peer)).DeliverPeerBatch(batch)),
            ElectionMessageCodec.Encode,
            this,
            _logger);

        // What has changed since the core was made comes as the first input.
        _context.Ensemble.Changed += OnEnsembleChanged;
        OnEnsembleChanged();
        return ValueTask.CompletedTask;
    }

    protected override ValueTask HandleAsync(object input)
    {
        switch (input)
        {
            case IncomingBatch<ElectionMessage> batch:
                _budget.Return(batch.Bytes);
                if (batch.FirstContact)
                {
                    // The peer has begun anew and may not have heard what was told to its earlier self.
                    Step(new ElectionInput.PeerConnected(batch.From));
                }

                foreach (var message in batch.Messages)
                {
                    Step(new ElectionInput.MessageReceived(batch.From, message));
                }

                break;
            case LookForLeader look:
                _ticket = look.Ticket;
                Step(look.Input);
                break;
            case ElectionInput.ConfigurationChanged changed:
                Follow(changed.Configuration);
                break;
            case ElectionInput plain:
                Step(plain);
                break;
            default:
                throw new InvariantViolationException($"unknown input {input.GetType().Name} of an election");
        }

        return ValueTask.CompletedTask;
    }

    protected override ValueTask EndRoundAsync() => ValueTask.CompletedTask;

    protected override ValueTask TickAsync()
    {
        Step(new ElectionInput.Tick());
        return ValueTask.CompletedTask;
    }

    protected override async ValueTask CloseAsync()
    {
        _context.Ensemble.Changed -= OnEnsembleChanged;
        if (_links is not null)
        {
            await _links.DisposeAsync();
        }
    }

    protected override void Fail(Exception error) =>
        _context.Failures.Fatal($"server {_context.Self} cannot go on with the election of tree {_context.Tree}: {error.Message}", error);

    private void OnEnsembleChanged() => Queue.Add(new ElectionInput.ConfigurationChanged(_context.Ensemble.Quorum));

    private void Follow(QuorumConfiguration configuration)
    {
        if (configuration.Version <= _configuration.Version)
        {
            return;
        }

        _configuration = configuration;
        _links!.Meet(configuration);
        _logger.LogInformation("Tree {Tree}: elections follow configuration {Version}", _context.Tree, configuration.Version);
        Step(new ElectionInput.ConfigurationChanged(configuration));
    }

    private void Step(ElectionInput input)
    {
        _core.Step(input, Clock, _effects);
        foreach (var effect in _effects)
        {
            switch (effect)
            {
                case ElectionEffect.Send send:
                    _links!.Send(send.To, send.Message);
                    break;
                case ElectionEffect.Elected elected:
                    _decisions++;
                    GrainKeeperMetrics.Elected(_context.Tree);
                    _logger.LogInformation(
                        "Tree {Tree}: server {Leader} is elected in round {Round}", _context.Tree, elected.Leader, elected.Round);
                    _elected(elected.Leader, _ticket);
                    break;
                default:
                    throw new InvariantViolationException($"unknown effect {effect.GetType().Name} of an election");
            }
        }

        _effects.Clear();
    }
}

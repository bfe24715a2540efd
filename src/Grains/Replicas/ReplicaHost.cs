using System.Net;
using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Peers;
using GrainKeeper.Contracts.Trees;
using GrainKeeper.Core;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;
using GrainKeeper.Grains.Connections;
using GrainKeeper.Grains.Peers;
using GrainKeeper.Grains.Pumping;
using GrainKeeper.Grains.Trees;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Grains.Replicas;

/// <summary>
/// Runs one tree's replica on this server: loads it from disk, feeds its core with what peers, clients, the disk, the election and time bring,
/// and carries out the core's effects in their order. No rule of the protocol lies here.
/// </summary>
internal sealed partial class ReplicaHost : CorePump<object>, IPeerLinkOwner
{
    /// <summary>The log category of the audit log.</summary>
    public const string AuditCategory = "GrainKeeper.Audit";

    private readonly List<Effect> _effects = [];
    private readonly ConnectionTable _connections = new();
    private readonly TreeContext _context;
    private readonly IReplicaElection _election;
    private readonly Action<IReadOnlyList<ListedTree>, bool> _treesListed;
    private readonly ILogger _logger;
    private readonly ILogger _audit;
    private readonly InputBudget _peerBudget;
    private readonly InputBudget _clientBudget;
    private readonly (int Requests, long Bytes) _mostQueued;
    private readonly ReplicaGauge _gauge;
    private PeerReceiver<ZabEnvelope>? _receiver;
    private PeerLinks<ZabEnvelope>? _links;
    private LoadedReplica? _loaded;
    private ReplicaCore? _core;
    private StorageListener? _listener;
    private ReplicaLoading? _loading;
    private SnapshotJob? _snapshot;
    private string? _restartReason;
    private volatile int _generation;
    private volatile bool _serving;
    private volatile int _leader;
    private long _ticket;

    /// <param name="context">The tree.</param>
    /// <param name="election">Finds a leader.</param>
    /// <param name="treesListed">Takes the list of trees, which only the root tree's replica has, and whether all of it is surely committed:
    /// what was recovered from the own disk may be cut yet.</param>
    /// <param name="loading">The start takes what is loaded here; null to load it then.</param>
    public ReplicaHost(TreeContext context, IReplicaElection election, Action<IReadOnlyList<ListedTree>, bool> treesListed, ReplicaLoading? loading)
    {
        _context = context;
        _loading = loading;
        context.Ensemble.Changed += OnEnsembleChanged;
        if (context.IsRoot)
        {
            context.Use.Changed += OnUseChanged;
        }

        _election = election;
        _treesListed = treesListed;
        _logger = context.Loggers.CreateLogger<ReplicaHost>();
        _audit = context.Loggers.CreateLogger(AuditCategory);
        _peerBudget = new InputBudget(context.Options.MaxQueuedPeerBytes);
        _clientBudget = new InputBudget(context.Options.MaxQueuedClientBatches);
        _mostQueued = context.Options.Replica.QueuedPerConnection;
        _gauge = new ReplicaGauge(context.Tree);
        Counters = new ReplicaCounters();
        Commits = new CommitDoor(
            request => Queue.Add(new ReplicaNews.CommitAsked(request, _generation)), host => Queue.Add(new ReplicaNews.CommitHostAdded(host)), _logger);
    }

    /// <summary>The tree's records of atomic commit.</summary>
    public CommitDoor Commits { get; }

    /// <summary>What happened since the process began.</summary>
    public ReplicaCounters Counters { get; }

    /// <summary>The number of this start; 0 while loading.</summary>
    public long Incarnation => _loaded?.Incarnation ?? 0;

    /// <summary>What the core says of itself, or null while loading. On the activation's scheduler only.</summary>
    public ReplicaStatus? Status => BetweenRounds(() => _core?.Status);

    /// <summary>Requests under way, about. From any thread.</summary>
    public long Outstanding => _gauge.Outstanding;

    /// <summary>The leader that this server serves with, or is; null while there is none. From any thread.</summary>
    public ServerId? Leader => _leader is > 0 and var leader ? new ServerId(leader) : null;

    /// <summary>Whether frames of clients are likely to be taken.</summary>
    public bool HasRoomForClients => _clientBudget.HasRoom;

    /// <summary>Whether nothing waits for a peer.</summary>
    public bool LinksIdle => _links?.Idle ?? true;

    protected override long? NextDeadline => _core?.NextDeadline;

    /// <summary>Takes a peer's batch. On the activation's scheduler only.</summary>
    public PeerBatchAck Deliver(PeerBatch batch) =>
        _receiver?.Deliver(batch) ?? new PeerBatchAck(PeerBatchOutcome.NotReady, 0, "the tree is being loaded");

    /// <summary>Takes a batch that a peer has posted, and the receipt that travels with it. On the activation's scheduler only.</summary>
    public void Post(PeerBatch batch)
    {
        // While the tree is being loaded nothing is said: the sender misses the receipt and calls.
        if (_receiver is null || !_receiver.IsFromPeer(batch.Sender, batch.SenderIncarnation, batch.TreeCreated, batch.Proof)
            || _links?.Find(new ServerId(batch.Sender)) is not { } link)
        {
            return;
        }

        if (batch.TakenIncarnation != 0)
        {
            link.Acknowledged(batch.SenderIncarnation, new TakenBatches(batch.TakenIncarnation, batch.TakenLink, batch.Taken));
        }

        var answer = _receiver.Post(batch);
        if (answer.Outcome == PeerBatchOutcome.Accepted)
        {
            link.Taken(_receiver.TakenFrom(link.Peer));
        }
        else
        {
            link.NotTaken(batch, answer);
        }
    }

    /// <summary>Takes a peer's receipt. On the activation's scheduler only.</summary>
    public void Acknowledge(PeerBatchReceipt receipt)
    {
        if (_receiver is null || !_receiver.IsFromPeer(receipt.Receiver, receipt.ReceiverIncarnation, receipt.TreeCreated, receipt.Proof)
            || _links?.Find(new ServerId(receipt.Receiver)) is not { } link)
        {
            return;
        }

        if (receipt.Outcome == PeerBatchOutcome.Accepted)
        {
            link.Acknowledged(receipt.ReceiverIncarnation, new TakenBatches(receipt.SenderIncarnation, receipt.Link, receipt.Taken));
        }
        else
        {
            link.Rejected(receipt);
        }
    }

    /// <summary>Opens a connection; null while the replica is not loaded. From any thread.</summary>
    public IReplicaConnection? Open(IPAddress address, string? certificate, IConnectionSink sink, int keptResults = 0)
    {
        if (!_serving)
        {
            return null;
        }

        var connection = new ReplicaConnection(this, ConnectionNumbers.Next(), address, certificate, keptResults, sink, _mostQueued);
        return Queue.Add(new ReplicaNews.Opened(connection)) ? connection : null;
    }

    /// <summary>Queues a client's frames. From any thread.</summary>
    public bool TryPost(ReplicaInput.ClientFrames frames) => Queue.TryAdd(frames, _clientBudget, 1);

    /// <summary>A client is gone. From any thread.</summary>
    public void ConnectionGone(ReplicaConnection connection) => Queue.Add(new ReplicaNews.Gone(connection));

    /// <summary>The election has an answer. From any thread.</summary>
    public void Elected(ServerId leader, long ticket) => Queue.Add(new ReplicaNews.Elected(leader, ticket));

    /// <summary>Begins a snapshot unless one is under way. From any thread.</summary>
    public void BeginSnapshot() => Queue.Add(new ReplicaInput.BeginSnapshot());

    /// <summary>Status and lists; null when the pump has ended. From any thread.</summary>
    public async Task<ReplicaView?> InspectAsync(ReplicaReportParts parts, int limit)
    {
        var answer = new TaskCompletionSource<ReplicaView?>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!Queue.Add(new ReplicaNews.Asked(parts, limit, answer)))
        {
            return null;
        }

        await Task.WhenAny(answer.Task, Completion);
        return answer.Task.IsCompletedSuccessfully ? answer.Task.Result : null;
    }

    /// <summary>Lets the core take its leave: a leader tells its followers. Done when the core has said what it has to say. From any thread.</summary>
    public Task ShutDownAsync()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return Queue.Add(new ReplicaNews.ShutDown(done)) ? Task.WhenAny(done.Task, Completion) : Task.CompletedTask;
    }

    void IPeerLinkOwner.LinkLost(ServerId peer, string reason) => Queue.Add(new ReplicaNews.LinkLost(peer, _generation));

    void IPeerLinkOwner.LinkConnected(ServerId peer)
    {
        // These links do not probe: the core opens its channels when it has something to say.
    }

    protected override async ValueTask OpenAsync()
    {
        var generation = ++_generation;
        var loading = _loading ?? new ReplicaLoading(_context);
        _loading = null;
        _listener = loading.Listener;
        _listener.Connect(Wake, error => Queue.Add(new ReplicaNews.Failed(error, generation)));
        var loaded = await loading.Loaded;
        _loaded = loaded;
        _core = loaded.MakeCore(_context);
        _gauge.Reset();
        _snapshot = new SnapshotJob(
            loaded.Storage,
            () => Queue.Add(new ReplicaNews.SnapshotWritten(generation)),
            error => Queue.Add(new ReplicaNews.Failed(error, generation)));
        var identity = new PeerLinkIdentity(_context.Self, loaded.Incarnation, _context.Created, _context.SignerOf("zab"));
        _links = new PeerLinks<ZabEnvelope>(
            identity,
            _context.Ensemble.Quorum,
            probes: false,
            _context.Options.Peers,
            _context.Liveness,
            WireTo,
            ZabEnvelopeCodec.Encode,
            this,
            _logger);
        _receiver = new PeerReceiver<ZabEnvelope>(
            identity, _context.IsPeer, ZabEnvelopeCodec.Decode, batch => Queue.TryAdd(batch, _peerBudget, batch.Bytes), _logger);
        _role = ZabRole.Looking;
        _phase = ZabPhase.Election;
        _trees = null;
        if (_context.IsRoot)
        {
            OnUseChanged();
        }

        var ticket = _ticket;
        Step(new ReplicaInput.Tick());
        if (ticket == _ticket)
        {
            // The core has only just begun: it is looking and did not say so.
            Look(loaded.Storage.Recovered.LastLogged, loaded.Storage.Recovered.CurrentEpoch);
        }

        _serving = true;
    }

    protected override async ValueTask HandleAsync(object input)
    {
        switch (input)
        {
            case IncomingBatch<ZabEnvelope> batch:
                _peerBudget.Return(batch.Bytes);
                Receive(batch);
                break;
            case ReplicaInput.ClientFrames frames:
                _clientBudget.Return(1);
                if (_connections.Find(frames.Connection) is { } sender)
                {
                    sender.Taken(frames.Frames);
                    Step(frames);
                }

                break;
            case ReplicaInput plain:
                Step(plain);
                break;
            case ReplicaNews news:
                Hear(news);
                break;
            default:
                throw new InvariantViolationException($"unknown input {input.GetType().Name} of a replica");
        }

        if (_restartReason is not null)
        {
            await ReloadAsync();
        }
    }

    protected override async ValueTask EndRoundAsync()
    {
        if (_listener!.TryTake(out var token))
        {
            _gauge.Persisted(token);
            Step(new ReplicaInput.Zab(new ZabInput.Persisted(token)));
            if (_restartReason is not null)
            {
                await ReloadAsync();
            }
        }

        _links?.Flush();
        _connections.Flush();
        _gauge.Sample(_core!);
        if (!_context.IsRoot)
        {
            _context.Use.Set(_context.Tree, _core!.OpenCommits > 0);
        }
    }

    protected override async ValueTask TickAsync()
    {
        Step(new ReplicaInput.Tick());
        if (_restartReason is not null)
        {
            await ReloadAsync();
        }
    }

    protected override void Abandon(object input)
    {
        if (input is ReplicaNews.Opened(var connection) && connection.End())
        {
            connection.Sink.Close("the server stops");
        }
        else if (input is ReplicaNews.CommitAsked asked)
        {
            Commits.Refuse(asked.Request);
        }
    }

    protected override async ValueTask CloseAsync()
    {
        _serving = false;
        _leader = 0;
        _receiver = null;
        _connections.CloseAll("the server stops");
        Commits.Close();
        _gauge.Reset();
        if (_links is { } links)
        {
            _links = null;
            await links.DisposeAsync();
        }

        if (_loaded is { } loaded)
        {
            _loaded = null;
            _core = null;
            await loaded.DisposeAsync();
        }
    }

    protected override async ValueTask EndedAsync()
    {
        if (_loading is { } loading)
        {
            // It was never started.
            _loading = null;
            await loading.DisposeAsync();
        }

        _context.Ensemble.Changed -= OnEnsembleChanged;
        _context.Use.Changed -= OnUseChanged;
        _context.Use.Set(_context.Tree, false);
    }

    protected override void Fail(Exception error) =>
        _context.Failures.Fatal($"server {_context.Self} cannot go on with tree {_context.Tree}: {error.Message}", error);

    // The root tree's reconfigurations are the ensemble's. Its own replica may have one in its log whose commit only a peer has heard of.
    private void OnEnsembleChanged()
    {
        if (_context.IsRoot)
        {
            Queue.Add(new ReplicaInput.Zab(new ZabInput.ConfigurationCommitted(_context.Ensemble.Quorum.Version)));
        }
    }

    // Trees are deleted in the root tree.
    private void OnUseChanged() => Queue.Add(new ReplicaNews.UseChanged());

    private PeerWire WireTo(ServerId peer)
    {
        var grain = _context.Grains.GetGrain<IZNodeTreeGrain>(ServerGrainKey.Format(_context.Tree, peer));
        return new PeerWire(grain.DeliverPeerBatch, batch => grain.PostPeerBatch(batch).Ignore(), receipt => grain.AcknowledgePeerBatches(receipt).Ignore());
    }

    private async ValueTask ReloadAsync()
    {
        _logger.LogWarning("Tree {Tree}: loading from disk again: {Reason}", _context.Tree, _restartReason);
        _restartReason = null;
        Counters.Reloads++;
        await CloseAsync();
        await OpenAsync();
    }

    private void Receive(IncomingBatch<ZabEnvelope> batch)
    {
        // A new link of the sender needs no word of its own here: a channel numbers its messages, so what an older link lost shows as a gap,
        // while reporting a loss would end a channel that has only just begun over the new link.
        for (var i = 0; i < batch.Messages.Count; i++)
        {
            if (_restartReason is not null)
            {
                // The rest was meant for the core that has just ended; its channel is gone.
                return;
            }

            var envelope = batch.Messages[i];
            Counters.Count(envelope.Message, _context.Tree);
            Step(new ReplicaInput.Zab(new ZabInput.MessageReceived(batch.From, envelope)), moreFollows: i < batch.Messages.Count - 1);
        }
    }

    private void Hear(ReplicaNews news)
    {
        switch (news)
        {
            case ReplicaNews.Opened(var connection):
                _connections.Add(connection);
                Step(new ReplicaInput.ConnectionOpened(connection.Id, connection.Address, connection.Certificate, connection.KeptResults));
                break;
            case ReplicaNews.Gone(var connection):
                if (_connections.Remove(connection))
                {
                    Step(new ReplicaInput.ConnectionClosed(connection.Id));
                }

                break;
            case ReplicaNews.Elected elected:
                if (elected.Ticket == _ticket && _role == ZabRole.Looking)
                {
                    Step(new ReplicaInput.Zab(new ZabInput.Elected(elected.Leader)));
                }

                break;
            case ReplicaNews.LinkLost lost when lost.Generation == _generation:
                Step(new ReplicaInput.Zab(new ZabInput.PeerLost(lost.Peer)));
                break;
            case ReplicaNews.LogRead read when read.Generation == _generation:
                Step(new ReplicaInput.Zab(new ZabInput.LogRead(read.RequestId, read.Txns)));
                break;
            case ReplicaNews.SnapshotWritten written when written.Generation == _generation:
                Step(new ReplicaInput.ContinueSnapshot());
                break;
            case ReplicaNews.Failed failed when failed.Generation == _generation:
                throw new ReplicaFailedException(failed.Error.Message, failed.Error);
            case ReplicaNews.CommitAsked asked when asked.Generation == _generation:
                Step(new ReplicaInput.Commit(asked.Request));
                break;
            case ReplicaNews.CommitAsked late:
                Commits.Refuse(late.Request);
                break;
            case ReplicaNews.CommitHostAdded(var host):
                Commits.Add(host, _core!.Commits);
                break;
            case ReplicaNews.Asked asked:
                asked.Answer.TrySetResult(new ReplicaView(_core!.Status, _core.Report(asked.Parts, asked.Limit)));
                break;
            case ReplicaNews.UseChanged:
                Step(new ReplicaInput.TreesInUse(_context.Use.Names));
                break;
            case ReplicaNews.ShutDown(var done):
                Step(new ReplicaInput.ShutDown());
                done.TrySetResult();
                break;
            default:
                _logger.LogDebug("Tree {Tree}: {News} of an earlier generation is void", _context.Tree, news.GetType().Name);
                break;
        }
    }

    private void Step(ReplicaInput input, bool moreFollows = false)
    {
        // What the disk has done is told at the end of the round.
        _core!.Step(input, Clock, _effects, moreFollows || MoreInputs || _listener!.HasNews);
        foreach (var effect in _effects)
        {
            Execute(effect);
        }

        _effects.Clear();
    }

    private void Look(Zxid lastZxid, Epoch currentEpoch) => _election.StartLooking(lastZxid, currentEpoch, ++_ticket);
}

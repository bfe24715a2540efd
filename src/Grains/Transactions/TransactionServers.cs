using System.Collections.Concurrent;
using System.Security.Cryptography;
using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Peers;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Grains.Ensembles;
using GrainKeeper.Grains.Hosting;
using GrainKeeper.Grains.Peers;
using GrainKeeper.Grains.Replicas;
using GrainKeeper.Grains.Transactions.Acceptors;
using GrainKeeper.Grains.Trees;
using GrainKeeper.Storage.Files;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Grains.Transactions;

/// <summary>
/// This server's part in transactions: a host of parties for each tree, which works while this server leads the tree, and one for its acceptor. They run by themselves; the grains are their doors.
/// </summary>
internal sealed class TransactionServers : ILifecycleParticipant<ISiloLifecycle>, IAsyncDisposable
{
    /// <summary>Where the acceptor's log is, beside the trees' directories.</summary>
    public const string AcceptorDirectory = ".acceptor";

    private const string Kind = "commit";
    private readonly ConcurrentDictionary<string, CommitHost> _hosts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(ServerId Sender, long Incarnation), byte[]> _proven = new();
    private readonly Lock _gate = new();
    private readonly long _incarnation = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
    private readonly GrainKeeperServerOptions _options;
    private readonly TreeServers _trees;
    private readonly EnsembleDirectory _ensemble;
    private readonly IPeerLiveness _liveness;
    private readonly IGrainFactory _grains;
    private readonly IServerFailureHandler _failures;
    private readonly ILogger _logger;
    private readonly LinkSigner _signer;
    private readonly CommitRouter _router;
    private CommitHost? _acceptor;
    private AcceptorLog? _acceptorLog;
    private bool _stopped;

    public TransactionServers(
        GrainKeeperServerOptions options,
        TreeServers trees,
        ParticipantKinds kinds,
        EnsembleDirectory ensemble,
        IPeerLiveness liveness,
        IGrainFactory grains,
        IServerFailureHandler failures,
        ILogger<TransactionServers> logger)
    {
        (_options, _trees, Kinds, _ensemble, _liveness, _grains, _failures, _logger) = (options, trees, kinds, ensemble, liveness, grains, failures, logger);
        _signer = new LinkSigner(options.Replica.Secret, options.ClusterId, TreeName.Root, Kind);
        _router = new CommitRouter(LeaderOf, kinds, LinkTo);
        Existence = new TreeExistence(options.Self, trees, grains, liveness, CallTimeout, logger);
        trees.ReplicaStarted = OnReplicaStarted;
    }

    /// <summary>The participants.</summary>
    public ParticipantKinds Kinds { get; }

    /// <summary>Which trees exist.</summary>
    public TreeExistence Existence { get; }

    /// <summary>How long a call may take.</summary>
    public TimeSpan CallTimeout => TimeSpan.FromMilliseconds(_options.Transactions.CallTimeout);

    /// <summary>The host of the acceptor; null before the silo has started and after it has stopped.</summary>
    public CommitHost? Acceptor => _acceptor;

    /// <summary>All hosts of parties on this server.</summary>
    public IReadOnlyList<CommitHost> Hosts => [.. _hosts.Values, .. _acceptor is { } acceptor ? new[] { acceptor } : []];

    /// <summary>For tests, see <see cref="CommitHostContext.DiesBefore"/>.</summary>
    public Func<CommitMachine, CommitEffect, bool>? DiesBefore { get; set; }

    /// <summary>For tests, see <see cref="CommitHostContext.FallsSilentBefore"/>.</summary>
    public Func<CommitMachine, CommitEffect, bool>? FallsSilentBefore { get; set; }

    /// <summary>Which server leads a tree, as far as this one knows; null when it follows nobody.</summary>
    public ServerId? LeaderOf(string tree) => _trees.Find(tree)?.Replica?.Leader;

    /// <summary>The servers that may be acceptors, those that are up first.</summary>
    public int[] Sites() => [.. _ensemble.Quorum.Participants.OrderByDescending(s => s == _options.Self || _liveness.IsUp(s)).ThenBy(s => s.Value).Take(TransactionTerms.MaxAcceptors).Select(s => s.Value)];

    /// <summary>The host of a tree; null when the silo has stopped.</summary>
    public CommitHost? HostOf(string tree)
    {
        if (_hosts.TryGetValue(tree, out var known))
        {
            return known;
        }

        lock (_gate)
        {
            if (_stopped || _trees.Find(tree) is null)
            {
                return null;
            }

            return _hosts.GetOrAdd(tree, t => Start(Context(t, t)));
        }
    }

    /// <summary>Takes a batch for a host.</summary>
    public PeerBatchOutcome Deliver(CommitHost? host, CommitBatch batch)
    {
        var sender = new ServerId(batch.Sender);
        if (sender != _options.Self && !_ensemble.Quorum.Contains(sender) && !_liveness.IsUp(sender))
        {
            return PeerBatchOutcome.NotReady;
        }

        if (!IsProven(sender, batch))
        {
            GrainKeeperMetrics.StrangerRefused();
            return PeerBatchOutcome.Refused;
        }

        if (host is null)
        {
            return PeerBatchOutcome.NotReady;
        }

        try
        {
            return host.TryDeliver(CommitFrames.Read(batch), batch.Payload.Length) ? PeerBatchOutcome.Accepted : PeerBatchOutcome.NotReady;
        }
        catch (FormatException e)
        {
            _logger.LogError("Server {Peer} sends messages of transactions that cannot be read: {Problem}. Run the same version on every server", sender, e.Message);
            return PeerBatchOutcome.Refused;
        }
    }

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle observer) =>
        observer.Subscribe(nameof(TransactionServers), ServiceLifecycleStage.Active, StartAsync, StopAsync);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync(CancellationToken.None);

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        AcceptorLog log;
        try
        {
            log = _acceptorLog = await Task.Factory.StartNew(OpenAcceptorLog, cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _failures.Fatal($"server {_options.Self} cannot go on with its acceptor: {e.Message}", e);
            return;
        }

        var acceptor = _acceptor = Start(Context("the acceptor", null));
        acceptor.Lead(log, _incarnation, log.Stored);
    }

    private AcceptorLog OpenAcceptorLog() => AcceptorLog.Open(
        DiskFileSystem.Instance,
        Path.Combine(_options.DataDirectory, AcceptorDirectory),
        _options.ClusterId,
        _options.Self,
        e => _failures.Fatal($"the acceptor of server {_options.Self} cannot write its log: {e.Message}", e));

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        List<CommitHost> hosts;
        lock (_gate)
        {
            if (_stopped)
            {
                return;
            }

            _stopped = true;
            hosts = [.. _hosts.Values];
        }

        if (_acceptor is { } acceptor)
        {
            _acceptor = null;
            hosts.Add(acceptor);
        }

        foreach (var host in hosts)
        {
            await host.DisposeAsync();
        }

        if (_acceptorLog is { } log)
        {
            await log.DisposeAsync();
        }
    }

    // The tree may be another one of the same name; the replica tells its host which leadership counts.
    private void OnReplicaStarted(TreeServer tree, ReplicaHost replica)
    {
        if (HostOf(tree.Context.Tree) is { } host)
        {
            replica.Commits.AddHost(new TreeCommitHost(host, tree.Context.Created, replica.Commits, _logger));
        }
    }

    private static CommitHost Start(CommitHostContext context)
    {
        var host = new CommitHost(context);
        Task.Run(host.Start);
        return host;
    }

    private CommitHostContext Context(string name, string? tree) => new(
        name,
        tree,
        _options.Self.Value,
        _options.Transactions,
        tree is null ? OwnsSite : (delivery, _) => OwnsParty(tree, delivery),
        _router,
        Kinds,
        (message, error) => _failures.Fatal($"server {_options.Self} cannot go on with {message}", error),
        _logger)
    {
        Led = (host, epoch) => Kinds.Databases.Lead(tree, host, epoch),
        Resigned = epoch => Kinds.Databases.Resign(tree, epoch),
        WhyGone = WhyGoneAsync,
        DiesBefore = (machine, effect) => DiesBefore?.Invoke(machine, effect) == true,
        FallsSilentBefore = (machine, effect) => FallsSilentBefore?.Invoke(machine, effect) == true,
    };

    private bool OwnsParty(string tree, CommitDelivery delivery) => delivery.Envelope.To switch
    {
        { Kind: PartyKind.Coordinator } => delivery.Envelope.Id.Home == tree,
        { Kind: PartyKind.Participant } to => Kinds.LogTreeOf(to.Participant) == tree,
        _ => false,
    };

    private bool OwnsSite(CommitDelivery delivery, TransactionTerms? terms) =>
        delivery.Envelope.To.Kind is PartyKind.Acceptor or PartyKind.Leader && CommitRouter.SiteOf(delivery.Envelope.To.Number, terms) == _options.Self;

    // A participant whose kind is not registered here may be known elsewhere, so nothing is concluded of it.
    private async Task<string?> WhyGoneAsync(ParticipantId participant) => Kinds.LogTreeOf(participant) is { } tree && await Existence.IsGoneAsync(tree)
        ? $"tree {tree}, which keeps its records, does not exist (any more)"
        : null;

    private CommitLink LinkTo(string? tree, ServerId server)
    {
        var proof = _signer.Sign(_options.Self, server, _incarnation, Zxid.Zero);
        var key = ServerGrainKey.Format(tree ?? TreeName.Root, server);
        ICommitGrain grain = tree is null ? _grains.GetGrain<IAcceptorGrain>(key) : _grains.GetGrain<ITransactionGrain>(key);
        return new CommitLink(
            grain.DeliverCommitBatch,
            (count, payload) => new CommitBatch(_options.Self.Value, _incarnation, count, payload, proof),
            () => server == _options.Self ? CancellationToken.None : _liveness.DownToken(server),
            _options.Transactions,
            _logger,
            tree is null ? $"the acceptor of server {server}" : $"transactions of tree {tree} on server {server}");
    }

    private bool IsProven(ServerId sender, CommitBatch batch)
    {
        if (batch.Proof is null)
        {
            return false;
        }

        // A stranger's claims are not remembered.
        if (_proven.TryGetValue((sender, batch.SenderIncarnation), out var known))
        {
            return CryptographicOperations.FixedTimeEquals(known, batch.Proof);
        }

        var expected = _signer.Sign(sender, _options.Self, batch.SenderIncarnation, Zxid.Zero);
        var proven = CryptographicOperations.FixedTimeEquals(expected, batch.Proof);
        if (proven)
        {
            foreach (var older in _proven.Keys.Where(k => k.Sender == sender))
            {
                _proven.TryRemove(older, out _);
            }

            _proven[(sender, batch.SenderIncarnation)] = expected;
        }

        return proven;
    }
}

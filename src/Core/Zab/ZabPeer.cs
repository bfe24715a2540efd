using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <summary>
/// One server's part in ZAB (DSN 2011), without clock, thread or I/O: leader, follower, observer or looking. The host feeds it inputs
/// and carries out the effects in their order; committed transactions go to the <see cref="IZabApplication"/> within the step.
/// Not safe for use from several threads.
/// </summary>
public sealed class ZabPeer
{
    private readonly List<Txn> _queued = [];

    /// <summary>Makes the core of a server that has just started: it is looking, and says so by no effect.</summary>
    /// <param name="self">This server.</param>
    /// <param name="configuration">The newest configuration known to be committed. Reconfigurations among <see cref="RecoveredHistory.Recent"/>
    /// with a greater version are in force together with it until their commit is learnt.</param>
    /// <param name="options">Limits.</param>
    /// <param name="history">What the disk holds.</param>
    /// <param name="application">The state machine; it has applied the whole log.</param>
    /// <param name="firstChannel">A number greater than that of any channel this server has opened before.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="InvariantViolationException">The history contradicts itself or the application.</exception>
    public ZabPeer(
        ServerId self, QuorumConfiguration configuration, ZabOptions options, RecoveredHistory history, IZabApplication application, long firstChannel)
    {
        Self = self;
        Configuration = configuration;
        _ = options;
        _ = application;
        _ = firstChannel;
        AcceptedEpoch = history.AcceptedEpoch;
        CurrentEpoch = history.CurrentEpoch;
        LastLogged = history.LastLogged;
    }

    /// <summary>This server.</summary>
    public ServerId Self { get; }

    /// <summary>What the server is.</summary>
    public ZabRole Role { get; private set; }

    /// <summary>How far it has come within its role. It serves in <see cref="ZabPhase.Broadcast"/> only.</summary>
    public ZabPhase Phase { get; private set; }

    /// <summary>The leader it follows, itself when it leads, or null while looking.</summary>
    public ServerId? Leader { get; private set; }

    /// <summary>The last epoch promised to a prospective leader.</summary>
    public Epoch AcceptedEpoch { get; }

    /// <summary>The last epoch whose history this server has taken over.</summary>
    public Epoch CurrentEpoch { get; }

    /// <summary>The last zxid handed to the log; what is not durable yet is ahead of every later disk effect. Votes carry it.</summary>
    public Zxid LastLogged { get; }

    /// <summary>The last zxid known to be committed. After a start it is <see cref="Zxid.Zero"/> until a leader tells more.</summary>
    public Zxid LastCommitted { get; }

    /// <summary>The last committed configuration. The host compares its version after a step to learn of a change.</summary>
    public QuorumConfiguration Configuration { get; }

    /// <summary>On a leader: proposals without a commit yet, with those queued for the next <see cref="Flush"/>. Elsewhere 0.</summary>
    public int OutstandingCount => _queued.Count;

    /// <summary>The monotonic time in ms at which a <see cref="ZabInput.Tick"/> is due, or null.</summary>
    public long? NextDeadline { get; }

    /// <summary>Whether <see cref="Propose"/> may be called: this server leads, its epoch is established, and there is room for one more.</summary>
    public bool CanPropose { get; }

    /// <summary>The zxid that the next <see cref="Propose"/> will give. Only while <see cref="CanPropose"/>.</summary>
    public Zxid NextZxid { get; }

    /// <summary>Handles one input and appends the effects, in the order in which they must be carried out.</summary>
    /// <param name="input">The input.</param>
    /// <param name="now">The moment.</param>
    /// <param name="effects">Where the effects go.</param>
    /// <exception cref="InvariantViolationException">This server's state can no longer be trusted: the host ends the process.</exception>
    public void Step(ZabInput input, Now now, List<Effect> effects)
    {
        _queued.Clear();
    }

    /// <summary>Queues a transaction for the next <see cref="Flush"/>.</summary>
    /// <param name="kind">What it is to ZAB.</param>
    /// <param name="payload">Its bytes, which must not change any more.</param>
    /// <returns>Its zxid.</returns>
    /// <exception cref="InvariantViolationException"><see cref="CanPropose"/> is false.</exception>
    public Zxid Propose(TxnKind kind, ReadOnlyMemory<byte> payload)
    {
        Invariant.That(CanPropose);
        _queued.Add(new Txn(NextZxid, kind, payload));
        return NextZxid;
    }

    /// <summary>Appends all that is queued to the log and proposes it to the learners: one disk effect, one message for each learner.</summary>
    /// <param name="now">The moment.</param>
    /// <param name="effects">Where the effects go.</param>
    public void Flush(Now now, List<Effect> effects)
    {
        _queued.Clear();
    }

    /// <summary>
    /// Sends the application's own message on the channel to a learner, or to the leader. Dropped without a word when there is no such channel in
    /// <see cref="ZabPhase.Broadcast"/>: the application learns of that by its callbacks.
    /// </summary>
    /// <param name="to">The learner, or the leader.</param>
    /// <param name="payload">Its bytes, which must not change any more.</param>
    /// <param name="effects">Where the effects go.</param>
    public void SendApplication(ServerId to, ReadOnlyMemory<byte> payload, List<Effect> effects)
    {
        _queued.Clear();
    }
}

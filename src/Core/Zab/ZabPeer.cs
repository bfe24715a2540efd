using System.Diagnostics;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <summary>
/// One server's part in ZAB (DSN 2011), without clock, thread or I/O: leader, follower, observer or looking. The host feeds it inputs
/// and carries out the effects in their order; committed transactions go to the <see cref="IZabApplication"/> within the step.
/// Not safe for use from several threads.
/// </summary>
public sealed class ZabPeer
{
    private readonly long[] _channelsSeen = new long[ServerId.Max + 1];
    private readonly StallGuard _stall;
    private PeerRole _role;
    private string? _leaving;
    private bool _restarting;
    private long _channels;
    private long _requests;
    private Epoch _acceptedBefore;
    private Epoch _currentBefore;
    private Zxid _committedBefore;

    /// <summary>Makes the core of a server that has just started: it is looking, and says so by no effect.</summary>
    /// <param name="self">This server.</param>
    /// <param name="configuration">The newest configuration known to be committed. Reconfigurations among <see cref="RecoveredHistory.Recent"/>
    /// with a greater version are in force together with it until their commit is learnt.</param>
    /// <param name="options">Limits.</param>
    /// <param name="history">What the disk holds.</param>
    /// <param name="application">The state machine; it has applied the whole log.</param>
    /// <param name="firstChannel">A number greater than that of any channel this server has opened before; below 2^55.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option, the id or the channel is out of its range.</exception>
    /// <exception cref="InvariantViolationException">The history contradicts itself or the application.</exception>
    public ZabPeer(
        ServerId self, QuorumConfiguration configuration, ZabOptions options, RecoveredHistory history, IZabApplication application, long firstChannel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(self.Value, 1, nameof(self));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(self.Value, ServerId.Max, nameof(self));
        ArgumentOutOfRangeException.ThrowIfNegative(firstChannel);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(firstChannel, 1L << 55);
        options.Validate();
        Self = self;
        Options = options;
        Application = application;
        History = new ZabHistory(configuration, options, history, application);
        _stall = new StallGuard(options);
        _channels = firstChannel;
        _role = new LookingRole(this);
        _acceptedBefore = AcceptedEpoch;
        _currentBefore = CurrentEpoch;
    }

    /// <summary>This server.</summary>
    public ServerId Self { get; }

    /// <summary>What the server is.</summary>
    public ZabRole Role { get; private set; } = ZabRole.Looking;

    /// <summary>How far it has come within its role. It serves in <see cref="ZabPhase.Broadcast"/> only.</summary>
    public ZabPhase Phase { get; private set; } = ZabPhase.Election;

    /// <summary>The leader it follows, itself when it leads, or null while looking.</summary>
    public ServerId? Leader => _role.Leader;

    /// <summary>The last epoch promised to a prospective leader.</summary>
    public Epoch AcceptedEpoch => History.AcceptedEpoch;

    /// <summary>The last epoch whose history this server has taken over.</summary>
    public Epoch CurrentEpoch => History.CurrentEpoch;

    /// <summary>The last zxid handed to the log; what is not durable yet is ahead of every later disk effect. Votes carry it.</summary>
    public Zxid LastLogged => History.LastLogged;

    /// <summary>The last zxid known to be committed. After a start it is <see cref="Zxid.Zero"/> until a leader tells more.</summary>
    public Zxid LastCommitted => History.LastCommitted;

    /// <summary>The last committed configuration. The host compares its version after a step to learn of a change.</summary>
    public QuorumConfiguration Configuration => History.Configurations.Committed;

    /// <summary>Whether the log holds a reconfiguration whose commit is not known here.</summary>
    public bool IsReconfiguring => History.Configurations.IsAnyPending || _role is LeaderRole { HasQueuedReconfiguration: true };

    /// <summary>On a leader: proposals without a commit yet, with those queued for the next <see cref="Flush"/>. Elsewhere 0.</summary>
    public int OutstandingCount => _role is LeaderRole leader ? leader.OutstandingCount : 0;

    /// <summary>The monotonic time in ms at which a <see cref="ZabInput.Tick"/> is due, or null.</summary>
    public long? NextDeadline => _restarting ? null : _role.NextTick;

    /// <summary>Whether <see cref="Propose"/> may be called: this server leads, its epoch is established, and there is room for one more.</summary>
    public bool CanPropose => _leaving is null && !_restarting && _role is LeaderRole { CanPropose: true };

    /// <summary>The zxid that the next <see cref="Propose"/> will give. Only while <see cref="CanPropose"/>.</summary>
    /// <exception cref="InvariantViolationException"><see cref="CanPropose"/> is false.</exception>
    public Zxid NextZxid
    {
        get
        {
            Invariant.That(CanPropose, $"{Self} may not propose now, as {Role} in {Phase}");
            return ((LeaderRole)_role).NextZxid;
        }
    }

    /// <summary>On a leader: the last round in which a quorum has confirmed that this server leads; see <see cref="RequestConfirmation"/>. Elsewhere 0.</summary>
    public long RoundConfirmed => !IsLeaving && _role is LeaderRole leader ? leader.RoundConfirmed : 0;

    internal ZabOptions Options { get; }

    internal IZabApplication Application { get; }

    internal ZabHistory History { get; }

    /// <summary>The highest accepted epoch that any learner has told: the next epoch proposed here must exceed it for that learner to take part.</summary>
    internal Epoch HighestAcceptedSeen { get; private set; }

    internal bool IsLeaving => _leaving is not null || _restarting;

    /// <summary>Handles one input and appends the effects, in the order in which they must be carried out.</summary>
    /// <param name="input">The input.</param>
    /// <param name="now">The moment.</param>
    /// <param name="effects">Where the effects go.</param>
    /// <exception cref="InvariantViolationException">This server's state can no longer be trusted: the host ends the process.</exception>
    public void Step(ZabInput input, Now now, List<Effect> effects)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(effects);
        if (_restarting)
        {
            return;
        }

        _stall.Observe(_role.NextTick, now.Monotonic);
        Handle(input, now, effects);
        if (!IsLeaving && _role.NextTick is { } due && now.Monotonic >= due)
        {
            _role.Tick(now, effects);
        }

        if (_leaving is { } reason && !_restarting)
        {
            Become(new LookingRole(this), ZabPhase.Election, reason, now, effects);
        }

        History.Trim(generous: _role is LeaderRole { IsSomeoneCatchingUp: true });
        CheckInvariants();
    }

    /// <summary>Queues a transaction for the next <see cref="Flush"/>.</summary>
    /// <param name="kind">What it is to ZAB.</param>
    /// <param name="payload">Its bytes, which must not change any more.</param>
    /// <returns>Its zxid.</returns>
    /// <exception cref="InvariantViolationException"><see cref="CanPropose"/> is false.</exception>
    /// <exception cref="FormatException">A reconfiguration holds no configuration.</exception>
    public Zxid Propose(TxnKind kind, ReadOnlyMemory<byte> payload)
    {
        var txn = new Txn(NextZxid, kind, payload);
        ((LeaderRole)_role).Queue(txn);
        return txn.Zxid;
    }

    /// <summary>Appends all that is queued to the log and proposes it to the learners: one disk effect, one message for each learner.</summary>
    /// <param name="now">The moment.</param>
    /// <param name="effects">Where the effects go.</param>
    public void Flush(Now now, List<Effect> effects)
    {
        ArgumentNullException.ThrowIfNull(effects);
        if (!IsLeaving && _role is LeaderRole leader)
        {
            leader.Flush(effects);
        }
    }

    /// <summary>
    /// Wants a quorum to confirm that this server still leads. What was committed anywhere before this call is committed here once it is confirmed. Nothing is logged; several calls before the
    /// round begins share it.
    /// </summary>
    /// <returns>The round: it is confirmed when <see cref="RoundConfirmed"/> has reached it. When this leadership ends before, it never is.</returns>
    /// <exception cref="InvariantViolationException">This server does not lead in <see cref="ZabPhase.Broadcast"/>.</exception>
    public long RequestConfirmation()
    {
        Invariant.That(_role is LeaderRole && Phase == ZabPhase.Broadcast, $"{Self} cannot be confirmed as leader, as {Role} in {Phase}");
        return ((LeaderRole)_role).RequestConfirmation();
    }

    /// <summary>Begins the round that is wanted, unless one is under way: one message to each voter.</summary>
    /// <param name="effects">Where the effects go.</param>
    public void BeginConfirmation(List<Effect> effects)
    {
        ArgumentNullException.ThrowIfNull(effects);
        if (!IsLeaving && _role is LeaderRole leader)
        {
            leader.BeginConfirmation(effects);
        }
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
        ArgumentNullException.ThrowIfNull(effects);
        if (IsLeaving || Phase != ZabPhase.Broadcast)
        {
            return;
        }

        (_role as LeaderRole)?.SendApplication(to, payload, effects);
        (_role as LearnerRole)?.SendApplication(to, payload, effects);
    }

    /// <summary>The only way to change role or phase.</summary>
    internal void Become(PeerRole role, ZabPhase phase, string reason, Now now, List<Effect> effects)
    {
        RoleTransitions.Demand(Role, Phase, role.Role, phase);
        var entered = !ReferenceEquals(role, _role);
        if (entered)
        {
            _role.Exit(reason, effects);
        }

        _role = role;
        if (role.Role == ZabRole.Looking)
        {
            _leaving = null;
        }

        Role = role.Role;
        Phase = phase;
        Application.RoleChanged(Role, Phase, Leader, now, effects);
        effects.Add(new ZabEffect.RoleChanged(Role, Phase, Leader, CurrentEpoch, LastLogged, reason));
        if (entered)
        {
            role.Enter(now, effects);
        }
    }

    /// <summary>Look for another leader as soon as this step is through.</summary>
    internal void Leave(string reason) => _leaving ??= reason;

    /// <summary>Give this core up: the host builds another one from what the disk then holds.</summary>
    internal void Restart(string reason, List<Effect> effects)
    {
        _role.Exit(reason, effects);
        _role = new LookingRole(this);
        Role = ZabRole.Looking;
        Phase = ZabPhase.Election;
        _restarting = true;
        effects.Add(new ZabEffect.Restart(reason));
    }

    internal long NextChannel() => ZabChannel.NumberOf(Self, _channels++);

    internal long NextRequest() => ++_requests;

    internal bool MayJudgeSilence(Now now) => _stall.MayJudge(now.Monotonic);

    internal bool WasStalledBeyondSyncTimeout => _stall.IsBeyondSyncTimeout;

    /// <summary>Whether a learner's channel is newer than all seen from it on the present link: a late or doubled first message opens nothing.</summary>
    internal bool AdmitChannel(ServerId from, long channel)
    {
        if (from.Value is < 1 or > ServerId.Max || ZabChannel.OpenerOf(channel) != from || channel <= _channelsSeen[from.Value])
        {
            return false;
        }

        _channelsSeen[from.Value] = channel;
        return true;
    }

    internal void NoteAcceptedEpoch(Epoch epoch)
    {
        if (epoch > HighestAcceptedSeen)
        {
            HighestAcceptedSeen = epoch;
        }
    }

    /// <summary>Turns a learner away that takes this server for the leader, so that it need not wait for a timeout.</summary>
    internal void Refuse(ServerId learner, ZabEnvelope first, List<Effect> effects)
    {
        var reason = Leader is { } leader ? $"server {Self} follows server {leader}" : $"server {Self} does not lead";
        new ZabChannel(learner, first.Channel).Send(new ZabMessage.Leaving(reason), effects);
    }

    private void Handle(ZabInput input, Now now, List<Effect> effects)
    {
        switch (input)
        {
            case ZabInput.Elected elected:
                HandleElected(elected.Leader, now, effects);
                break;
            case ZabInput.MessageReceived received:
                if (received.From != Self && received.From.Value is >= 1 and <= ServerId.Max)
                {
                    _role.MessageReceived(received.From, received.Envelope, now, effects);
                }

                break;
            case ZabInput.PeerLost lost:
                if (lost.Peer.Value is >= 1 and <= ServerId.Max)
                {
                    _channelsSeen[lost.Peer.Value] = 0;
                    _role.PeerLost(lost.Peer, now, effects);
                }

                break;
            case ZabInput.Persisted persisted:
                History.Confirm(persisted.Token);
                _role.Persisted(now, effects);
                break;
            case ZabInput.LogRead read:
                _role.LogRead(read, now, effects);
                break;
            case ZabInput.MessageRefused refused:
                _role.MessageRefused(refused.Peer, refused.Problem, now, effects);
                break;
            case ZabInput.StepDown stepDown:
                if (_role is not LookingRole)
                {
                    Leave(stepDown.Reason);
                }

                break;
            case ZabInput.ConfigurationCommitted settled:
                HandleSettled(settled.Version);
                break;
            case ZabInput.Tick:
                break;
            default:
                throw new UnreachableException($"unknown input {input.GetType().Name}");
        }
    }

    private void HandleElected(ServerId leader, Now now, List<Effect> effects)
    {
        if (_role is not LookingRole looking)
        {
            // An election that was decided before this server took its present role; the next one begins with the next RoleChanged.
            return;
        }

        if (leader != Self)
        {
            var learner = new LearnerRole(this, leader);
            Become(learner, ZabPhase.Discovery, $"server {leader} was elected", now, effects);
            foreach (var (from, first) in looking.Waiting)
            {
                Refuse(from, first, effects);
            }
        }
        else if (Configuration.WeightOf(Self) > 0)
        {
            Become(new LeaderRole(this, looking.Waiting), ZabPhase.Discovery, "this server was elected", now, effects);
        }
        else
        {
            Become(looking, ZabPhase.Election, "this server was elected, but has no vote in the configuration in force", now, effects);
        }
    }

    private void HandleSettled(Zxid version)
    {
        if (Role == ZabRole.Leading && version > LastLogged)
        {
            // Whatever was committed by a quorum is in the log of every leader after it: this one is of a time before, or of an ensemble begun anew beside the true one.
            Leave($"configuration {version} is committed, but the log of this leader ends with {LastLogged}: it leads no more");
        }
        else if (Phase != ZabPhase.Broadcast && History.Configurations.Settle(version) && Role == ZabRole.Leading && Configuration.WeightOf(Self) == 0)
        {
            Leave($"configuration {Configuration.Version} gives this server no vote");
        }
    }

    private void CheckInvariants()
    {
        Invariant.That(CurrentEpoch <= AcceptedEpoch, $"the current epoch {CurrentEpoch} exceeds the accepted one, {AcceptedEpoch}");
        Invariant.That(AcceptedEpoch >= _acceptedBefore, $"the accepted epoch fell from {_acceptedBefore} to {AcceptedEpoch}");
        Invariant.That(CurrentEpoch >= _currentBefore, $"the current epoch fell from {_currentBefore} to {CurrentEpoch}");
        Invariant.That(LastCommitted >= _committedBefore, $"the last committed zxid fell from {_committedBefore} to {LastCommitted}");
        Invariant.That(LastCommitted <= LastLogged, $"{LastCommitted} is committed, but the log ends with {LastLogged}");
        Invariant.That(
            _restarting || History.LastApplied <= LastLogged, $"{History.LastApplied} is applied, but the log ends with {LastLogged}");
        Invariant.That(LastLogged.Epoch <= AcceptedEpoch, $"{LastLogged} is logged, but the accepted epoch is {AcceptedEpoch}");
        _acceptedBefore = AcceptedEpoch;
        _currentBefore = CurrentEpoch;
        _committedBefore = LastCommitted;
    }
}

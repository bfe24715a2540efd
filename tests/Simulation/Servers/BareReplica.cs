using System.Buffers;
using System.Buffers.Binary;
using GrainKeeper.Core;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;
using GrainKeeper.Simulation.Checking;

namespace GrainKeeper.Simulation.Servers;

/// <summary>
/// ZAB alone: its leader proposes by itself, its learners send the leader messages that become proposals. Much cheaper than the real replica, so that
/// many more interleavings of the protocol are tried in the same time.
/// </summary>
public sealed class BareReplica : IReplica, IZabApplication
{
    private const int pace = 25;

    private readonly ZabPeer _peer;
    private readonly BareState _state;
    private readonly SimRandom _random;
    private IStateReader? _snapshot;
    private bool _snapshotUnderWay;
    private long? _nextProposal;
    private long _made;
    private int _sinceSnapshot;
    private readonly int _snapshotEvery;
    private readonly Func<bool> _mayPropose;

    /// <summary>Makes it over a recovered state.</summary>
    public BareReplica(
        ServerId self, QuorumConfiguration configuration, ReplicaOptions options, RecoveredHistory history, BareState state, long firstChannel, int seed, Func<bool> mayPropose)
    {
        _mayPropose = mayPropose;
        _state = state;
        _random = new SimRandom((ulong)seed);
        _snapshotEvery = options.SnapshotEvery;
        _peer = new ZabPeer(self, configuration, options.Zab, history, this, firstChannel);
    }

    /// <inheritdoc/>
    public Zxid LastApplied => _state.LastApplied;

    /// <inheritdoc/>
    public long? NextDeadline => (_peer.NextDeadline, _nextProposal) switch
    {
        ({ } peer, { } own) => Math.Min(peer, own),
        var (peer, own) => peer ?? own,
    };

    /// <inheritdoc/>
    public ReplicaStatus Status => new(
        "root",
        _peer.Self,
        _peer.Role,
        _peer.Phase,
        _peer.Leader,
        _peer.AcceptedEpoch,
        _peer.CurrentEpoch,
        _peer.LastLogged,
        _peer.LastCommitted,
        _state.LastApplied,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        _peer.OutstandingCount,
        _peer.Phase == ZabPhase.Broadcast);

    /// <inheritdoc/>
    public void Step(ReplicaInput input, Now now, List<Effect> effects)
    {
        switch (input)
        {
            case ReplicaInput.Zab zab:
                _peer.Step(zab.Input, now, effects);
                break;
            case ReplicaInput.Tick:
                Tick(now, effects);
                break;
            case ReplicaInput.BeginSnapshot:
                if (!_snapshotUnderWay && _peer.Phase == ZabPhase.Broadcast)
                {
                    BeginSnapshot(effects);
                }

                break;
            case ReplicaInput.ContinueSnapshot:
                if (_snapshot is not null)
                {
                    ReadSnapshot(effects);
                }
                else
                {
                    _snapshotUnderWay = false;
                }

                break;
            case ReplicaInput.ShutDown:
                _peer.Step(new ZabInput.StepDown("shutdown"), now, effects);
                break;
            default:
                throw new InvalidOperationException($"unexpected input {input}");
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<StateFact> Facts() => [new StateFact("all", default, (long)_state.Hash)];

    /// <inheritdoc/>
    public void Deliver(Txn txn, Now now, List<Effect> effects)
    {
        _state.Apply(txn);
        if (++_sinceSnapshot >= _snapshotEvery && !_snapshotUnderWay && _peer.Phase == ZabPhase.Broadcast)
        {
            _sinceSnapshot = 0;
            BeginSnapshot(effects);
        }
    }

    /// <inheritdoc/>
    public void RoleChanged(ZabRole role, ZabPhase phase, ServerId? leader, Now now, List<Effect> effects) =>
        _nextProposal = phase == ZabPhase.Broadcast ? now.Monotonic + pace : null;

    /// <inheritdoc/>
    public void MessageReceived(ServerId from, ReadOnlyMemory<byte> payload, Now now, List<Effect> effects)
    {
        if (_peer.CanPropose)
        {
            _peer.Propose(TxnKind.Application, payload);
            _peer.Flush(now, effects);
        }
    }

    /// <inheritdoc/>
    public void LearnerJoined(ServerId learner, Now now, List<Effect> effects)
    {
        // Nothing depends on it.
    }

    /// <inheritdoc/>
    public void LearnerLost(ServerId learner, Now now, List<Effect> effects)
    {
        // Nothing depends on it.
    }

    /// <inheritdoc/>
    public IStateReader OpenState() => _state.Open();

    /// <inheritdoc/>
    public IStateWriter BeginRestore()
    {
        _snapshot = null;
        return _state.BeginRestore();
    }

    private void Tick(Now now, List<Effect> effects)
    {
        if (_peer.NextDeadline <= now.Monotonic)
        {
            _peer.Step(new ZabInput.Tick(), now, effects);
        }

        if (!(_nextProposal <= now.Monotonic))
        {
            return;
        }

        _nextProposal = now.Monotonic + _random.Between(1, 2 * pace);
        if (!_mayPropose())
        {
            return;
        }

        if (_peer.CanPropose)
        {
            for (var i = _random.Between(1, 4); i > 0 && _peer.CanPropose; i--)
            {
                _peer.Propose(TxnKind.Application, Payload());
            }

            _peer.Flush(now, effects);
        }
        else if (_peer.Role == ZabRole.Following && _peer.Leader is { } leader && _random.Chance(0.3))
        {
            _peer.SendApplication(leader, Payload(), effects);
        }
    }

    private byte[] Payload()
    {
        var payload = new byte[_random.Between(12, 60)];
        BinaryPrimitives.WriteInt32LittleEndian(payload, _peer.Self.Value);
        BinaryPrimitives.WriteInt64LittleEndian(payload.AsSpan(4), ++_made);
        return payload;
    }

    private void BeginSnapshot(List<Effect> effects)
    {
        _snapshotUnderWay = true;
        _snapshot = _state.Open();
        ReadSnapshot(effects);
    }

    private void ReadSnapshot(List<Effect> effects)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var last = !_snapshot!.ReadNext(buffer, 1_000);
        effects.Add(new ReplicaEffect.SnapshotChunk(_snapshot.Zxid, buffer.WrittenMemory, last));
        _snapshot = last ? null : _snapshot;
    }
}

using System.Net;
using GrainKeeper.Core;
using GrainKeeper.Core.Election;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;
using GrainKeeper.Simulation.Checking;
using GrainKeeper.Simulation.Clients;
using GrainKeeper.Simulation.Commits;
using GrainKeeper.Simulation.Disk;
using GrainKeeper.Simulation.Network;

namespace GrainKeeper.Simulation.Servers;

/// <summary>
/// A whole server: an election and a replica joined as the grains join them, over a simulated disk. It holds no protocol rule: it only turns what happens
/// into inputs and carries out effects.
/// </summary>
public sealed class SimServer : INetworkEnd, IClientPort, ICheckedServer
{
    private readonly World _world;
    private readonly ServerSetup _setup;
    private readonly IServerWitness _witness;
    private readonly SimRandom _random;
    private readonly SortedDictionary<long, ClientConnection> _connections = [];
    private readonly Queue<Action> _work = new();
    private List<ReadOnlyMemory<byte>> _snapshot = [];
    private Zxid? _snapshotZxid;
    private readonly Alarm _electionAlarm;
    private readonly Alarm _replicaAlarm;
    private IElection? _election;
    private bool _working;
    private int _core;
    private long _pausedUntil;
    private long _wakesAt;
    private long _joinedUntil;
    private int? _crashAfterEffects;

    /// <summary>Makes a server that is not running.</summary>
    public SimServer(ServerId id, World world, ServerSetup setup, SimRandom random, IServerWitness witness)
    {
        Id = id;
        _world = world;
        _setup = setup;
        _random = random;
        _witness = witness;
        Disk = new SimDisk(world.Loop, random.Fork(), world.Profile);
        var drift = random.Between(-world.Profile.MaxDrift, world.Profile.MaxDrift);
        Clock = new ServerClock(world.Loop, random.Between(0, 1_000_000), drift);
        _electionAlarm = new Alarm(world.Loop, Clock, random, () => Deliver(() => StepElection(new ElectionInput.Tick())));
        _replicaAlarm = new Alarm(world.Loop, Clock, random, () => Deliver(() => StepReplica(new ReplicaInput.Tick())));
    }

    /// <inheritdoc cref="INetworkEnd" />
    public ServerId Id { get; }

    /// <summary>Its name in the trace.</summary>
    public string Name => $"s{Id}";

    /// <summary>Its disk, which outlives the process.</summary>
    public SimDisk Disk { get; }

    /// <inheritdoc/>
    public DiskImage Image => Disk.Image;

    /// <inheritdoc/>
    public int Core => _core;

    /// <summary>The host of atomic commit beside it; null when there is none.</summary>
    public SimCommitHost? Commits { get; set; }

    /// <summary>Its clocks.</summary>
    public ServerClock Clock { get; }

    /// <summary>Its replica; null while the process is down or loads its disk.</summary>
    public IReplica? Replica { get; private set; }

    /// <summary>Its election; null while the process is down.</summary>
    public IElection? Election => _election;

    /// <inheritdoc cref="INetworkEnd.Running" />
    public bool Running { get; private set; }

    /// <inheritdoc cref="INetworkEnd.Incarnation" />
    public int Incarnation { get; private set; }

    /// <summary>Whether the process is stalled now.</summary>
    public bool Paused => _pausedUntil > _world.Loop.Now;

    /// <summary>Starts the process.</summary>
    public void Start()
    {
        if (Running)
        {
            return;
        }

        Running = true;
        Incarnation++;
        _pausedUntil = 0;
        _joinedUntil = 0;
        _crashAfterEffects = null;
        _world.Trace.Tell(Name, $"starts, incarnation {Incarnation}, log to {Disk.Image.Last} from {Disk.Image.LogStart}, epochs {Disk.Image.AcceptedEpoch}/{Disk.Image.CurrentEpoch}");
        _election = _setup.MakeElection(Id, Incarnation);
        LoadCore();
        _world.Network.EndStarted(Id);
    }

    /// <summary>Ends the process as a power cut does.</summary>
    public void Crash()
    {
        if (!Running)
        {
            return;
        }

        _world.Trace.Tell(Name, $"crashes");
        Running = false;
        _work.Clear();
        _election = null;
        _electionAlarm.Stop();
        DropCore();
        Disk.Crash();
        _world.Trace.Tell(Name, $"leaves on disk: log to {Disk.Image.Last}, epochs {Disk.Image.AcceptedEpoch}/{Disk.Image.CurrentEpoch}");
        _world.Network.EndLost(Id);
    }

    private void DiskFailed()
    {
        // A supervisor starts it again and again. A paused server ends when it wakes, which may be when the disk has long been well.
        _world.Trace.Tell(Name, $"ends: a flush failed");
        Crash();
        _world.Loop.After(_random.Between(50 * EventLoop.Millisecond, EventLoop.Second), Start);
    }

    /// <summary>The next steps are carried out only up to so many effects; then the process dies.</summary>
    public void CrashAfterEffects(int? effects) => _crashAfterEffects = Running ? effects : null;

    /// <summary>Nothing happens in the process for a while.</summary>
    public void Pause(long time)
    {
        if (Running)
        {
            _pausedUntil = Math.Max(_pausedUntil, _world.Loop.Now + time);
        }
    }

    /// <summary>Asks for a snapshot, as a timer or an administrator would.</summary>
    public void TakeSnapshot() => Deliver(() => StepReplica(new ReplicaInput.BeginSnapshot()));

    /// <summary>Asks the server to prepare for its end.</summary>
    public void ShutDown() => Deliver(() => StepReplica(new ReplicaInput.ShutDown()));

    /// <summary>Gives the replica an input, as its host would.</summary>
    public void Tell(ReplicaInput input) => Deliver(() => StepReplica(input));

    /// <inheritdoc/>
    public void Deliver(Action action)
    {
        if (!Running)
        {
            return;
        }

        _work.Enqueue(action);
        Work();
    }

    private void Work()
    {
        if (Paused)
        {
            if (_wakesAt < _pausedUntil)
            {
                _wakesAt = _pausedUntil;
                _world.Loop.At(_wakesAt, Work);
            }

            return;
        }

        if (_working)
        {
            return;
        }

        _working = true;
        while (!Paused && _work.TryDequeue(out var next))
        {
            next();
        }

        _working = false;
        if (Paused)
        {
            Work();
        }
    }

    /// <inheritdoc/>
    public void Receive(ServerId from, NetworkMessage message) => Deliver(() =>
    {
        if (message.Election is { } vote)
        {
            StepElection(new ElectionInput.MessageReceived(from, vote));
        }
        else
        {
            StepReplica(new ReplicaInput.Zab(new ZabInput.MessageReceived(from, message.Zab!)));
        }
    });

    /// <inheritdoc/>
    public void PeerLost(ServerId peer) => Deliver(() =>
    {
        StepElection(new ElectionInput.PeerLost(peer));
        StepReplica(new ReplicaInput.Zab(new ZabInput.PeerLost(peer)));
    });

    /// <inheritdoc/>
    public void PeerConnected(ServerId peer) => Deliver(() => StepElection(new ElectionInput.PeerConnected(peer)));

    /// <inheritdoc/>
    public void Opened(ClientConnection connection)
    {
        if (Replica is null)
        {
            connection.CloseByServer();
            return;
        }

        _connections.Add(connection.Id.Value, connection);
        StepReplica(new ReplicaInput.ConnectionOpened(connection.Id, IPAddress.Loopback, KeptResults: connection.Client.KeptResults));
    }

    /// <inheritdoc/>
    public void FramesArrived(ClientConnection connection, IReadOnlyList<ReadOnlyMemory<byte>> frames)
    {
        if (_connections.ContainsKey(connection.Id.Value))
        {
            StepReplica(new ReplicaInput.ClientFrames(connection.Id, frames));
        }
    }

    /// <inheritdoc/>
    public void ClosedByClient(ClientConnection connection)
    {
        if (_connections.Remove(connection.Id.Value))
        {
            StepReplica(new ReplicaInput.ConnectionClosed(connection.Id));
        }
    }

    private void LoadCore()
    {
        var core = ++_core;
        var image = Disk.Image;
        _snapshotZxid = null;
        Replica = _setup.MakeReplica(Id, image, _random.Between(0, _world.Profile.RecentTxns), core, _random.Below(int.MaxValue), () => _world.BareWorkload);
        Disk.Attach(token => ForCore(core, new ZabInput.Persisted(token)), () => _witness.DiskChanged(this), () => Deliver(DiskFailed));
        _witness.Started(this);
        var looking = new ElectionInput.StartLooking(image.Last, image.CurrentEpoch);
        Join(() => Deliver(() => StepElection(looking)));
        Deliver(() => StepReplica(new ReplicaInput.Tick()));
    }

    private void DropCore()
    {
        _core++;
        Replica = null;
        Commits?.Stop();
        _snapshotZxid = null;
        _replicaAlarm.Stop();
        foreach (var connection in _connections.Values.ToArray())
        {
            connection.CloseByServer();
        }

        _connections.Clear();
        _witness.Stopped(this);
    }

    private void ForCore(int core, ZabInput input) => Deliver(() =>
    {
        if (core == _core)
        {
            StepReplica(new ReplicaInput.Zab(input));
        }
    });

    private void StepElection(ElectionInput input)
    {
        if (_election is null)
        {
            return;
        }

        var effects = new List<Effect>();
        _election.Step(input, Clock.Now, effects);
        _electionAlarm.Set(_election.NextDeadline);
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case ElectionEffect.Send send:
                    _world.Network.Send(Id, send.To, new NetworkMessage(send.Message, null));
                    break;
                case ElectionEffect.Elected elected:
                    _world.Trace.Tell(Name, $"elects {elected.Leader} in round {elected.Round}");
                    var core = _core;
                    var leader = LeaderToTell(elected.Leader);
                    Join(() => ForCore(core, new ZabInput.Elected(leader)));
                    break;
                default:
                    throw new InvalidOperationException($"unexpected effect {effect}");
            }
        }
    }

    private ServerId LeaderToTell(ServerId elected)
    {
        if (_world.FalseElections == 0 || !_random.Chance(_world.FalseElections))
        {
            return elected;
        }

        var other = new ServerId(_random.Between(1, _world.Profile.Participants));
        _world.Trace.Tell(Name, $"is told that {other} was elected");
        return other;
    }

    private void StepReplica(ReplicaInput input)
    {
        if (Replica is null)
        {
            return;
        }

        var effects = new List<Effect>();
        if (_world.Trace.On && input is not ReplicaInput.Tick)
        {
            _world.Trace.Tell(Name, $"{Narration.Of(input)}");
        }

        Replica.Step(input, Clock.Now, effects);
        _witness.Stepped(this, effects);
        var core = _core;
        foreach (var effect in effects)
        {
            if (core != _core)
            {
                return;
            }

            if (_crashAfterEffects is { } left && (_crashAfterEffects = left - 1) < 0)
            {
                _world.Trace.Tell(Name, $"dies before {Narration.Of(effect)}");
                Crash();
                return;
            }

            if (_world.Trace.On)
            {
                _world.Trace.Tell(Name, $"  → {Narration.Of(effect)}");
            }

            CarryOut(effect);
        }

        _replicaAlarm.Set(Replica?.NextDeadline);
    }

    private void CarryOut(Effect effect)
    {
        switch (effect)
        {
            case ZabEffect.Send send:
                _world.Network.Send(Id, send.To, new NetworkMessage(null, send.Envelope));
                break;
            case ZabEffect.ReadLog read:
                var core = _core;
                _world.Loop.After(
                    Disk.Latency(),
                    () => ForCore(core, new ZabInput.LogRead(read.RequestId, Disk.Read(read.After, read.UpTo, read.MaxBytes))));
                break;
            case ZabEffect.Restart:
                DropCore();
                Disk.WhenIdle(() =>
                {
                    if (Running && Replica is null)
                    {
                        LoadCore();
                    }
                });
                break;
            case ZabEffect.PeerAtFault fault:
                throw new InvalidOperationException($"server {Id} calls server {fault.Peer} faulty, but none is: {fault.Problem}");
            case ZabEffect.RoleChanged changed:
                Join(() => Deliver(() => TellElection(changed)));
                break;
            case ZabEffect disk:
                Disk.Submit(disk);
                break;
            case ReplicaEffect.SendToClient send:
                _connections.GetValueOrDefault(send.Connection.Value)?.SendToClient(send.Bytes);
                break;
            case ReplicaEffect.CloseConnection close:
                if (_connections.Remove(close.Connection.Value, out var connection))
                {
                    connection.CloseByServer();
                }

                break;
            case ReplicaEffect.SnapshotChunk chunk:
                WriteSnapshot(chunk);
                break;
            case ReplicaEffect.Commit commit:
                Commits?.Hear(Id, commit.News);
                break;
            case ReplicaEffect.TreesListed or ReplicaEffect.PauseReading:
                break;
            default:
                throw new InvalidOperationException($"unexpected effect {effect}");
        }
    }

    private void TellElection(ZabEffect.RoleChanged changed)
    {
        if (changed.Role == ZabRole.Looking)
        {
            StepElection(new ElectionInput.StartLooking(changed.LastLogged, changed.CurrentEpoch));
        }
        else if (changed.Phase == ZabPhase.Broadcast)
        {
            StepElection(new ElectionInput.EpochEstablished(changed.CurrentEpoch));
        }
    }

    private void Join(Action action)
    {
        if (_world.Profile.JoinDelay == 0)
        {
            action();
            return;
        }

        _joinedUntil = Math.Max(_joinedUntil, _world.Loop.Now + _random.Between(0, _world.Profile.JoinDelay));
        var incarnation = Incarnation;
        _world.Loop.At(_joinedUntil, () =>
        {
            if (Running && Incarnation == incarnation)
            {
                action();
            }
        });
    }

    private void WriteSnapshot(ReplicaEffect.SnapshotChunk chunk)
    {
        var core = _core;
        if (_snapshotZxid != chunk.Zxid)
        {
            _snapshot = [];
            _snapshotZxid = chunk.Zxid;
        }

        _snapshot.Add(chunk.Data.ToArray());
        var file = chunk.Last ? new SnapshotFile(chunk.Zxid, _snapshot.ToArray()) : null;
        _snapshotZxid = chunk.Last ? null : chunk.Zxid;
        _world.Loop.After(Disk.Latency(), () => Deliver(() =>
        {
            if (core != _core)
            {
                return;
            }

            if (Disk.Fails)
            {
                DiskFailed();
                return;
            }

            if (file is null)
            {
                StepReplica(new ReplicaInput.ContinueSnapshot());
                return;
            }

            var useful = Disk.Image.AddSnapshot(file, _world.Profile.SnapshotsKept);
            _world.Trace.Tell(Name, $"snapshot at {file.Zxid} is {(useful ? "durable" : "of no use")}, log starts after {Disk.Image.LogStart}");
            _witness.DiskChanged(this);
            StepReplica(new ReplicaInput.ContinueSnapshot());
        }));
    }
}

using System.Globalization;
using System.Net;
using System.Text;
using GrainKeeper.Core;
using GrainKeeper.Core.Election;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;
using GrainKeeper.Lab.Network;
using GrainKeeper.Lab.Running;
using GrainKeeper.Lab.Stories;

namespace GrainKeeper.Lab.Ensemble;

/// <summary>
/// A server: an election and a replica over a disk, joined as the grains join them. It holds no protocol rule: it turns what happens into inputs, carries out effects, and tells the
/// story of both.
/// </summary>
internal sealed class LabServer : ILabEnd
{
    private readonly LabWorld _world;
    private readonly EnsembleSetup _setup;
    private readonly LabDisk _disk;
    private readonly QuorumCounts _counts;
    private readonly LabTimer _electionTimer;
    private readonly LabTimer _replicaTimer;
    private readonly Dictionary<ConnectionId, LabConnection> _connections = [];
    private IElection? _election;
    private ReplicaCore? _replica;
    private ReplicaState? _state;
    private int _core;
    private Zxid _committedBefore;

    internal LabServer(LabWorld world, EnsembleSetup setup, ServerId id)
    {
        _world = world;
        _setup = setup;
        Id = id;
        Name = id.Value.ToString(CultureInfo.InvariantCulture);
        _disk = new LabDisk(world.Loop, world.Chance());
        _counts = new QuorumCounts(id, setup.Configuration);
        _electionTimer = new LabTimer(world.Loop, () => StepElection(new ElectionInput.Tick()));
        _replicaTimer = new LabTimer(world.Loop, () => StepReplica(new ReplicaInput.Tick()));
    }

    internal ServerId Id { get; }

    public string Name { get; }

    public bool Running { get; private set; }

    public int Incarnation { get; private set; }

    public bool HearsOfLinks => true;

    /// <summary>What it does; null while it is down.</summary>
    internal ReplicaStatus? Status => _replica?.Status;

    internal void Start()
    {
        Running = true;
        Incarnation++;
        var image = _disk.Image;
        _world.Story.Start(Name, image.Last == Zxid.Zero ? "starts, without data" : $"starts, log up to {image.Last}, epoch {image.CurrentEpoch}");
        _election = _setup.MakeElection(Id, Incarnation);
        _world.Network.Started(this);
        Load();
    }

    internal void Crash(string text)
    {
        Running = false;
        _world.Story.Crash(Name, text);
        Unload();
        _election = null;
        _electionTimer.Stop();
        _disk.Crash();
        _world.Network.Ended(this);
    }

    /// <summary>What a node holds here; null when there is none.</summary>
    internal string? Read(string path) =>
        _state is { } state && state.Tree.TryFind(Encoding.UTF8.GetBytes(path), out var node) ? Encoding.UTF8.GetString(node.Data) : null;

    public void PeerLost(string peer)
    {
        var id = IdOf(peer);
        StepElection(new ElectionInput.PeerLost(id));
        StepReplica(new ReplicaInput.Zab(new ZabInput.PeerLost(id)));
    }

    public void PeerConnected(string peer) => StepElection(new ElectionInput.PeerConnected(IdOf(peer)));

    internal void Open(LabConnection connection)
    {
        if (_replica is null)
        {
            connection.ClosedByServer("the server is down");
            return;
        }

        _connections.Add(connection.Id, connection);
        StepReplica(new ReplicaInput.ConnectionOpened(connection.Id, IPAddress.Loopback));
    }

    internal void Take(ConnectionId connection, ReadOnlyMemory<byte> frame)
    {
        if (_connections.ContainsKey(connection))
        {
            StepReplica(new ReplicaInput.ClientFrames(connection, [frame]));
        }
    }

    internal void Close(ConnectionId connection)
    {
        if (_connections.Remove(connection))
        {
            StepReplica(new ReplicaInput.ConnectionClosed(connection));
        }
    }

    private static ServerId IdOf(string name) => new(int.Parse(name, CultureInfo.InvariantCulture));

    private void Receive(ServerId from, LabParcel parcel)
    {
        _counts.Hear(from, parcel);
        if (parcel.Election is { } vote)
        {
            StepElection(new ElectionInput.MessageReceived(from, vote));
        }
        else
        {
            StepReplica(new ReplicaInput.Zab(new ZabInput.MessageReceived(from, parcel.Zab!)));
        }
    }

    private void Load()
    {
        var core = ++_core;
        var image = _disk.Image;
        (_replica, _state) = _setup.MakeReplica(Id, image, core);
        _committedBefore = _replica.Status.LastCommitted;
        _disk.Persisted = token => ForCore(core, new ZabInput.Persisted(token));
        _counts.Forget();
        StepElection(new ElectionInput.StartLooking(image.Last, image.CurrentEpoch));
        StepReplica(new ReplicaInput.Tick());
    }

    private void Unload()
    {
        _core++;
        (_replica, _state) = (null, null);
        _replicaTimer.Stop();
        LabConnection[] open = [.. _connections.Values];
        _connections.Clear();
        Array.ForEach(open, c => c.ClosedByServer("the connection is lost"));
    }

    private void ForCore(int core, ZabInput input)
    {
        if (core == _core)
        {
            StepReplica(new ReplicaInput.Zab(input));
        }
    }

    private void StepElection(ElectionInput input)
    {
        if (_election is null)
        {
            return;
        }

        var effects = new List<Effect>();
        _election.Step(input, _world.Now, effects);
        _electionTimer.Set(_election.NextDeadline);
        TellState();
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case ElectionEffect.Send send:
                    Send(send.To, MessageFamily.Election, Wording.Of(send.Message), false, new LabParcel(send.Message, null));
                    break;
                case ElectionEffect.Elected elected:
                    TellElected(elected);
                    var core = _core;
                    _world.Loop.After(0, () => ForCore(core, new ZabInput.Elected(elected.Leader)));
                    break;
                default:
                    throw new InvalidOperationException($"unexpected effect {effect}");
            }

            if (!Running)
            {
                return;
            }
        }
    }

    private void TellElected(ElectionEffect.Elected elected)
    {
        var backers = _counts.Backers(_election!.CurrentVote, elected.Round);
        _world.Story.Note(Name, NoteKind.Count, $"elects {elected.Leader} in round {elected.Round}: backed by {backers}");
    }

    private void StepReplica(ReplicaInput input)
    {
        if (_replica is null)
        {
            return;
        }

        var effects = new List<Effect>();
        _replica.Step(input, _world.Now, effects);
        var core = _core;
        TellCommitted();
        foreach (var effect in effects)
        {
            Carry(effect);
            if (core != _core)
            {
                return;
            }
        }

        TellState();
        _replicaTimer.Set(_replica.NextDeadline);
    }

    private void Carry(Effect effect)
    {
        switch (effect)
        {
            case ZabEffect.Send send:
                var message = send.Envelope.Message;
                Send(send.To, MessageFamily.Broadcast, Wording.Of(message), Wording.IsRoutine(message), new LabParcel(null, send.Envelope));
                break;
            case ZabEffect.ReadLog read:
                var core = _core;
                _world.Loop.After(_disk.Latency(), () => ForCore(core, new ZabInput.LogRead(read.RequestId, _disk.Read(read.After, read.UpTo))));
                break;
            case ZabEffect.Restart restart:
                Restart(restart.Reason);
                break;
            case ZabEffect.RoleChanged changed:
                TellRole(changed);
                var incarnation = Incarnation;
                _world.Loop.After(0, () => TellElection(changed, incarnation));
                break;
            case ZabEffect.PeerAtFault fault:
                throw new PropertyViolatedException("no server is faulty", $"server {Id} says so of {fault.Peer}: {fault.Problem}");
            case ZabEffect disk:
                Force(disk);
                break;
            case ReplicaEffect.SendToClient send:
                _connections.GetValueOrDefault(send.Connection)?.SendToClient(send.Bytes);
                break;
            case ReplicaEffect.CloseConnection close when _connections.Remove(close.Connection, out var connection):
                connection.ClosedByServer(close.Reason);
                break;
            default:
                break;
        }
    }

    private void Send(ServerId to, MessageFamily family, string label, bool routine, LabParcel parcel)
    {
        var action = $"{label} to {to}";
        if (Dies(before: true, action))
        {
            return;
        }

        var target = to.Value.ToString(CultureInfo.InvariantCulture);
        _world.Network.Send(Name, target, family, label, routine, () => PeerOf(to).Receive(Id, parcel));
        Dies(before: false, action);
    }

    /// <summary>Finds another server.</summary>
    internal required Func<ServerId, LabServer> PeerOf { get; init; }

    private void Force(ZabEffect effect)
    {
        var action = effect switch
        {
            ZabEffect.Append append => $"forces {string.Join(", ", append.Txns.Take(3).Select(Wording.Of))}{(append.Txns.Count > 3 ? $" and {append.Txns.Count - 3} more" : "")}",
            ZabEffect.TruncateLog truncate => $"cuts its log after {truncate.KeepUpTo}",
            ZabEffect.WriteAcceptedEpoch accepted => $"forces accepted epoch {accepted.Epoch}",
            ZabEffect.WriteCurrentEpoch current => $"forces current epoch {current.Epoch}",
            ZabEffect.CommitSnapshotInstall install => $"forces the state at {install.Zxid}",
            _ => string.Empty,
        };
        if (action.Length > 0)
        {
            if (Dies(before: true, action))
            {
                return;
            }

            _world.Story.Note(Name, NoteKind.Log, action);
        }

        _disk.Submit(effect);
        if (action.Length > 0)
        {
            Dies(before: false, action);
        }
    }

    private bool Dies(bool before, string action)
    {
        if (!Running || !_world.Crashes.Strikes(Name, before, action))
        {
            return !Running;
        }

        Crash($"crashes {(before ? "before" : "after")}: {action}");
        return true;
    }

    private void Restart(string reason)
    {
        _world.Story.Note(Name, NoteKind.Plain, $"loads its disk again: {reason}");
        Unload();
        var core = _core;
        _disk.WhenIdle(() =>
        {
            if (Running && core == _core)
            {
                Load();
            }
        });
    }

    private void TellElection(ZabEffect.RoleChanged changed, int incarnation)
    {
        if (incarnation != Incarnation)
        {
            return;
        }

        if (changed.Role == ZabRole.Looking)
        {
            StepElection(new ElectionInput.StartLooking(changed.LastLogged, changed.CurrentEpoch));
        }
        else if (changed.Phase == ZabPhase.Broadcast)
        {
            StepElection(new ElectionInput.EpochEstablished(changed.CurrentEpoch));
        }
    }

    private void TellRole(ZabEffect.RoleChanged changed)
    {
        if (changed.Role == ZabRole.Looking)
        {
            _counts.Forget();
            _world.Story.Note(Name, NoteKind.Plain, $"looks for a leader again: {changed.Reason}");
        }
        else if (changed.Role == ZabRole.Leading && changed.Phase == ZabPhase.Synchronization)
        {
            _world.Story.Note(Name, NoteKind.Count, $"its epoch is promised by {_counts.Promises()}");
        }
        else if (changed.Role == ZabRole.Leading && changed.Phase == ZabPhase.Broadcast)
        {
            _world.Story.Note(Name, NoteKind.Count, $"epoch {changed.CurrentEpoch} and its history are on {_counts.Synchronized()}: it serves");
        }
    }

    private void TellCommitted()
    {
        var status = _replica!.Status;
        if (status is { Role: ZabRole.Leading, Phase: ZabPhase.Broadcast } && status.LastCommitted > _committedBefore)
        {
            var acknowledged = _counts.Acknowledged(status.LastCommitted, _disk.Image.Last);
            _world.Story.Note(Name, NoteKind.Decision, $"commits {status.LastCommitted}: durable on {acknowledged}");
        }

        _committedBefore = status.LastCommitted;
    }

    private void TellState()
    {
        if (_replica is null || _election is null)
        {
            return;
        }

        var status = _replica.Status;
        if (_election.State != ElectionState.Looking && status.Role == ZabRole.Looking)
        {
            // The election has told its replica, which hears of it at this same moment.
            return;
        }

        var serves = status.Phase == ZabPhase.Broadcast;
        var story = _world.Story;
        if (status.Role == ZabRole.Looking)
        {
            var vote = _election.CurrentVote.Leader;
            story.State(Name, "LOOKING", vote.Value == 0 ? "no vote" : $"votes {vote}", StateMood.Busy);
        }
        else if (status.Role == ZabRole.Leading)
        {
            story.State(Name, "LEADING", serves ? $"epoch {status.CurrentEpoch}" : "no quorum yet", serves ? StateMood.Leading : StateMood.Busy);
        }
        else
        {
            var name = status.Role == ZabRole.Following ? "FOLLOWING" : "OBSERVING";
            story.State(Name, name, serves ? $"{status.Leader}, epoch {status.CurrentEpoch}" : $"joins {status.Leader}", serves ? StateMood.Good : StateMood.Busy);
        }
    }
}

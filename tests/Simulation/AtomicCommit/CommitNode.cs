using GrainKeeper.Core;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.AtomicCommit.PaxosCommit;
using GrainKeeper.Core.AtomicCommit.ThreePhase;
using GrainKeeper.Core.AtomicCommit.TwoPhase;

namespace GrainKeeper.Simulation.AtomicCommit;

/// <summary>A process: the host of the coordinator, of a participant, or of an acceptor and the leader beside it.</summary>
public sealed class CommitNode
{
    private static readonly ReadOnlyMemory<byte> Mark = new byte[] { 1 };

    private readonly CommitWorld _world;
    private readonly Dictionary<(TransactionId Id, CommitParty Party), CommitMachine> _machines = [];
    private readonly HashSet<TransactionId> _begun = [];
    private readonly SimRandom _random;
    private TransactionIdSequence? _ids;
    private int? _effectsLeft;
    private long _leaders;

    /// <summary>Makes a process.</summary>
    public CommitNode(CommitWorld world, int number, string name, SimRandom random)
    {
        _world = world;
        _random = random;
        Number = number;
        Name = name;
        Disk = new CommitDisk(world.Loop, random.Fork(), world.Profile, world.Statistics);
        Resource = new SimResource(world.Loop, random.Fork(), world.Profile);
    }

    /// <summary>Its number.</summary>
    public int Number { get; }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Its log.</summary>
    public CommitDisk Disk { get; }

    /// <summary>What it guards.</summary>
    public SimResource Resource { get; }

    /// <summary>Whether it runs.</summary>
    public bool Running { get; private set; }

    /// <summary>How often it has started.</summary>
    public long Incarnation { get; private set; }

    /// <summary>The parties here.</summary>
    public IEnumerable<CommitMachine> Machines => _machines.Values;

    /// <summary>Starts it, from its log.</summary>
    public void Start()
    {
        if (Running)
        {
            return;
        }

        Running = true;
        Incarnation++;
        _ids = new TransactionIdSequence("home", Incarnation);
        _effectsLeft = null;
        _world.Trace.Tell(Name, $"starts, life {Incarnation}");
        var durable = Disk.Durable;
        if (!_world.Profile.Announces)
        {
            Resource.Restart(durable.Where(e => e.Record is CommitRecord.Prepared && _world.Plan(e.Id, e.Owner.Participant) == VoteKind.Yes && !Resource.Applied.Contains(e.Id) && !Resource.Undone.Contains(e.Id))
                .Select(e => e.Id).Distinct());
        }

        foreach (var (id, party) in durable.Select(e => (e.Id, e.Owner)).Distinct().ToList())
        {
            if (Running)
            {
                Machine(id, party, mayBegin: false);
            }
        }
    }

    /// <summary>Kills it.</summary>
    public void Crash()
    {
        if (!Running)
        {
            return;
        }

        _world.Trace.Tell(Name, $"dies");
        _world.Statistics.Crashes++;
        Running = false;
        _machines.Clear();
        _begun.Clear();
        Disk.Crash();
        if (_world.Profile.Announces)
        {
            Resource.Disconnect();
        }
        else
        {
            Resource.Restart([]);
        }
    }

    /// <summary>Kills it after so many more effects.</summary>
    public void CrashAfterEffects(int? effects) => _effectsLeft = effects;

    /// <summary>A caller wants an id.</summary>
    public TransactionId? Allot() => Running ? _ids!.Next() : null;

    /// <summary>A caller submits, perhaps again.</summary>
    public void Submit(TransactionId id, TransactionRequest request)
    {
        if (Running)
        {
            var mayBegin = _ids!.MayBegin(id) && _begun.Add(id);
            Step(Machine(id, CommitParty.Coordinator, mayBegin), new CommitInput.Submit(request));
        }
    }

    /// <summary>A message has arrived.</summary>
    public void Receive(CommitEnvelope envelope)
    {
        if (Running)
        {
            Step(Machine(envelope.Id, envelope.To, mayBegin: false), new CommitInput.MessageReceived(envelope.From, envelope.Message));
        }
    }

    private CommitMachine Machine(TransactionId id, CommitParty party, bool mayBegin)
    {
        if (_machines.TryGetValue((id, party), out var known))
        {
            return known;
        }

        var records = Disk.RecordsOf(id, party);
        var options = _world.Profile.Options;
        var mark = _world.Profile.Announces ? Mark : default;
        CommitMachine machine = (party.Kind, _world.Profile.Protocol) switch
        {
            (PartyKind.Coordinator, CommitProtocol.TwoPhase) => new TwoPhaseCoordinator(id, options, records, mayBegin),
            (PartyKind.Coordinator, CommitProtocol.ThreePhase) => new ThreePhaseCoordinator(id, options, records, mayBegin),
            (PartyKind.Coordinator, _) => new PaxosLeader(id, 0, NextLeader(), options, mayBegin),
            (PartyKind.Leader, _) => new PaxosLeader(id, party.Number, NextLeader(), options, false),
            (PartyKind.Acceptor, _) => new PaxosAcceptor(id, party.Number, options, records),
            (_, CommitProtocol.TwoPhase) => new TwoPhaseParticipant(id, party.Participant, options, records) { Mark = mark },
            (_, CommitProtocol.ThreePhase) => new ThreePhaseParticipant(id, party.Participant, options, records) { Mark = mark },
            _ => new PaxosParticipant(id, party.Participant, options, records) { Mark = mark },
        };
        _machines[(id, party)] = machine;
        Step(machine, new CommitInput.Start());
        if (machine is ParticipantMachine { IsInDoubt: true })
        {
            _world.Statistics.RecoveredInDoubt++;
        }

        return machine;
    }

    private long NextLeader() => (Incarnation << 20) + ++_leaders;

    private void Step(CommitMachine machine, CommitInput input)
    {
        if (!Running || !_machines.TryGetValue((machine.Id, machine.Self), out var present) || present != machine)
        {
            return;
        }

        var effects = new List<Effect>();
        _world.Statistics.Steps++;
        machine.Step(input, new Now(_world.Loop.Now / EventLoop.Millisecond, _world.Loop.Now / EventLoop.Millisecond), effects);
        foreach (var effect in effects)
        {
            if (!Running)
            {
                return;
            }

            if ((_effectsLeft is { } left && (_effectsLeft = left - 1) < 0) || _world.CrashBefore?.Invoke(this, machine, (CommitEffect)effect) == true)
            {
                _world.Died(this);
                return;
            }

            Carry(machine, (CommitEffect)effect);
        }

        if (Running && machine.NextDeadline is { } deadline)
        {
            _world.Loop.At(deadline * EventLoop.Millisecond, () =>
            {
                if (machine.NextDeadline is { } due && due * EventLoop.Millisecond <= _world.Loop.Now)
                {
                    Step(machine, new CommitInput.Tick());
                }
            });
        }
    }

    private void Carry(CommitMachine machine, CommitEffect effect)
    {
        _world.Judge.Observe(this, machine, effect);
        switch (effect)
        {
            case CommitEffect.Trace trace:
                _world.Trace.Mix((long)trace.Entry.Kind + (trace.Entry.At << 8));
                _world.Trace.Tell(Name, $"{machine.Id} {machine.Self}: {trace.Entry.What}");
                break;
            case CommitEffect.Send send:
                _world.Network.Send(this, send.Envelope);
                break;
            case CommitEffect.ForceLog force:
                _world.Statistics.Forced++;
                Disk.Write(force.Entry, known => Step(machine, known ? new CommitInput.Logged(force.Token) : new CommitInput.LogUnknown(force.Token)));
                break;
            case CommitEffect.AppendLog append:
                Disk.Write(append.Entry, null);
                break;
            case CommitEffect.Prepare prepare:
                Resource.Prepare(machine.Id, _world.Plan(machine.Id, machine.Self.Participant), prepare.LockWait, vote => Step(
                    machine, new CommitInput.ResourcePrepared(vote, prepare.Payload, prepare.Payload)));
                break;
            case CommitEffect.Apply:
                Resource.Finish(machine.Id, apply: true, () => Step(machine, new CommitInput.ResourceFinished()));
                break;
            case CommitEffect.Undo:
                Resource.Finish(machine.Id, apply: false, () => Step(machine, new CommitInput.ResourceFinished()));
                break;
            case CommitEffect.Completed completed:
                _world.Completed(machine.Id, completed.Outcome);
                break;
            case CommitEffect.Restart:
                Restart(machine);
                break;
            case CommitEffect.Forget:
                _machines.Remove((machine.Id, machine.Self));
                Disk.Remove(machine.Id, machine.Self);
                break;
            default:
                break;
        }
    }

    private void Restart(CommitMachine machine)
    {
        _machines.Remove((machine.Id, machine.Self));
        if (machine is ParticipantMachine && !_world.Profile.Announces && !Disk.RecordsOf(machine.Id, machine.Self).Exists(r => r is CommitRecord.Prepared))
        {
            Resource.Release(machine.Id);
        }

        _world.Loop.After(_random.Between(0, 5 * EventLoop.Millisecond), () =>
        {
            if (Running)
            {
                Machine(machine.Id, machine.Self, mayBegin: false);
            }
        });
    }
}

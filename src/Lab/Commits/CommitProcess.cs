using GrainKeeper.Core;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.AtomicCommit.PaxosCommit;
using GrainKeeper.Core.AtomicCommit.ThreePhase;
using GrainKeeper.Core.AtomicCommit.TwoPhase;
using GrainKeeper.Lab.Network;
using GrainKeeper.Lab.Running;
using GrainKeeper.Lab.Scheduling;
using GrainKeeper.Lab.Stories;

namespace GrainKeeper.Lab.Commits;

/// <summary>A process that hosts parties of transactions over a log of its own: the coordinator, a participant, or an acceptor with the leader beside it.</summary>
internal sealed class CommitProcess : ILabEnd
{
    /// <summary>How notes begin that are not worth telling, or told by an effect of their own.</summary>
    private static readonly string[] ToldOtherwise = ["ignored", "the caller", "CONTRADICTION"];

    private readonly LabWorld _world;
    private readonly CommitCircle _circle;
    private readonly SimRandom _random;
    private readonly List<CommitLogEntry> _log = [];
    private readonly List<CommitLogEntry> _unforced = [];
    private readonly Dictionary<CommitKey, CommitMachine> _machines = [];
    private readonly HashSet<TransactionId> _begun = [];
    private TransactionIdSequence? _ids;
    private long _leaders;

    internal CommitProcess(LabWorld world, CommitCircle circle, string name)
    {
        _world = world;
        _circle = circle;
        _random = world.Chance();
        Name = name;
        Resource = new LabResource(world, world.Chance(), name);
    }

    public string Name { get; }

    public bool Running { get; private set; }

    public int Incarnation { get; private set; }

    public bool HearsOfLinks => false;

    internal LabResource Resource { get; }

    /// <summary>The participant's part in the newest transaction; null while it has none.</summary>
    internal ParticipantMachine? Participant => _machines.Values.OfType<ParticipantMachine>().MaxBy(m => m.Id);

    /// <summary>The coordinator's part in the newest transaction; null while it has none.</summary>
    internal CoordinatorMachine? Coordinating => _machines.Values.OfType<CoordinatorMachine>().MaxBy(m => m.Id);

    public void PeerLost(string peer)
    {
    }

    public void PeerConnected(string peer)
    {
    }

    internal void Start()
    {
        Running = true;
        Incarnation++;
        _ids = new TransactionIdSequence("lab", Incarnation);
        var prepared = _log.FindLast(e => e.Record is CommitRecord.Prepared && !_log.Exists(o => o.Id == e.Id && o.Record is CommitRecord.Decided { Decision: Decision.Abort }));
        Resource.Restart(prepared is not null && Resource.Value != _circle[prepared.Id].Name ? _circle[prepared.Id] : null);
        if (Incarnation > 1)
        {
            _world.Story.Start(Name, _log.Count == 0 ? "starts again, its log is empty" : $"starts again from its log: {string.Join("; ", _log.Select(e => CommitWording.Of(e.Record, _circle[e.Id].Terms)))}");
        }

        foreach (var key in _log.Select(e => new CommitKey(e.Id, e.Owner)).Distinct().ToList())
        {
            Machine(key, mayBegin: false);
        }
    }

    internal void Crash(string text)
    {
        Running = false;
        _world.Story.Crash(Name, text);
        _machines.Clear();
        _begun.Clear();
        _unforced.Clear();
        Resource.Restart(null);
        _world.Network.Ended(this);
    }

    internal TransactionId Allot() => _ids!.Next();

    internal void Submit(LabTransaction transaction)
    {
        var mayBegin = _ids!.MayBegin(transaction.Id) && _begun.Add(transaction.Id);
        Step(Machine(new CommitKey(transaction.Id, CommitParty.Coordinator), mayBegin), new CommitInput.Submit(transaction.Request));
    }

    private void Receive(CommitEnvelope envelope) =>
        Step(Machine(new CommitKey(envelope.Id, envelope.To), mayBegin: false), new CommitInput.MessageReceived(envelope.From, envelope.Message));

    private CommitMachine Machine(CommitKey key, bool mayBegin)
    {
        if (_machines.TryGetValue(key, out var known))
        {
            return known;
        }

        var machine = Make(key, mayBegin, [.. _log.Where(e => e.Id == key.Id && e.Owner == key.Owner).Select(e => e.Record)]);
        _machines[key] = machine;
        Step(machine, new CommitInput.Start());
        return machine;
    }

    private CommitMachine Make(CommitKey key, bool mayBegin, List<CommitRecord> records)
    {
        var (id, party) = (key.Id, key.Owner);
        var options = CommitCircle.Options;
        return (_circle[id].Terms.Protocol, party.Kind) switch
        {
            (_, PartyKind.Acceptor) => new PaxosAcceptor(id, party.Number, options, records),
            (_, PartyKind.Leader) => new PaxosLeader(id, party.Number, NextLeader(), options, mayBegin: false),
            (CommitProtocol.PaxosCommit, PartyKind.Coordinator) => new PaxosLeader(id, 0, NextLeader(), options, mayBegin),
            (CommitProtocol.PaxosCommit, _) => new PaxosParticipant(id, party.Participant, options, records),
            (CommitProtocol.ThreePhase, PartyKind.Coordinator) => new ThreePhaseCoordinator(id, options, records, mayBegin),
            (CommitProtocol.ThreePhase, _) => new ThreePhaseParticipant(id, party.Participant, options, records),
            (_, PartyKind.Coordinator) => new TwoPhaseCoordinator(id, options, records, mayBegin),
            _ => new TwoPhaseParticipant(id, party.Participant, options, records),
        };
    }

    private long NextLeader() => ((long)Incarnation << 20) + ++_leaders;

    private void Step(CommitMachine machine, CommitInput input)
    {
        if (!Running || _machines.GetValueOrDefault(new CommitKey(machine.Id, machine.Self)) != machine)
        {
            return;
        }

        var effects = new List<Effect>();
        machine.Step(input, _world.Now, effects);
        foreach (var effect in effects.Cast<CommitEffect>())
        {
            var action = ActionOf(machine, effect);
            if (Dies(before: true, action))
            {
                return;
            }

            Carry(machine, effect);
            if (Dies(before: false, action))
            {
                return;
            }
        }

        TellState(machine);
        if (machine.NextDeadline is { } deadline)
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

    private bool Dies(bool before, string action)
    {
        if (Running && action.Length > 0 && _world.Crashes.Strikes(Name, before, action))
        {
            Crash($"crashes {(before ? "before" : "after")}: {action}");
        }

        return !Running;
    }

    private string ActionOf(CommitMachine machine, CommitEffect effect)
    {
        var terms = _circle[machine.Id].Terms;
        return effect switch
        {
            CommitEffect.Send send => $"{CommitWording.Of(send.Envelope.Message, terms)} to {_circle.PlaceOf(send.Envelope.To).Name}",
            CommitEffect.ForceLog force => $"forces {CommitWording.Of(force.Entry.Record, terms)}",
            _ => string.Empty,
        };
    }

    private void Carry(CommitMachine machine, CommitEffect effect)
    {
        var transaction = _circle[machine.Id];
        switch (effect)
        {
            case CommitEffect.Send send:
                var target = _circle.PlaceOf(send.Envelope.To);
                Send(transaction, send.Envelope, target);
                break;
            case CommitEffect.ForceLog force:
                Tell(transaction, NoteKind.Log, $"forces {CommitWording.Of(force.Entry.Record, transaction.Terms)}");
                Force(machine, force);
                break;
            case CommitEffect.AppendLog append:
                _unforced.Add(append.Entry);
                break;
            case CommitEffect.Prepare prepare:
                Resource.Prepare(transaction, prepare.LockWait, vote => Step(machine, new CommitInput.ResourcePrepared(vote, prepare.Payload, prepare.Payload)));
                break;
            case CommitEffect.Apply:
                Resource.Finish(transaction, apply: true, () => Step(machine, new CommitInput.ResourceFinished()));
                break;
            case CommitEffect.Undo:
                Resource.Finish(transaction, apply: false, () => Step(machine, new CommitInput.ResourceFinished()));
                break;
            case CommitEffect.Decided decided:
                Tell(transaction, NoteKind.Decision, $"decides {decided.Decision}");
                _circle.Decided(transaction, decided.Decision, Name);
                break;
            case CommitEffect.Completed completed:
                Complete(transaction, completed.Outcome);
                break;
            case CommitEffect.Contradiction contradiction:
                Tell(transaction, NoteKind.Alarm, $"has {contradiction.Own}, but {contradiction.From} says {contradiction.Other}: only people can mend that");
                break;
            case CommitEffect.Restart:
                throw new PropertyViolatedException("the laboratory's logs answer", $"{Name} does not know whether a record is durable");
            case CommitEffect.Forget:
                _machines.Remove(new CommitKey(machine.Id, machine.Self));
                _log.RemoveAll(e => e.Id == machine.Id && e.Owner == machine.Self);
                break;
            case CommitEffect.Trace { Entry: { Kind: TimelineKind.Noted, Note: { } note } } when !ToldOtherwise.Any(t => note.StartsWith(t, StringComparison.Ordinal)):
                Tell(transaction, NoteKind.Plain, note);
                break;
            default:
                break;
        }
    }

    private void Send(LabTransaction transaction, CommitEnvelope envelope, CommitProcess target)
    {
        if (target == this)
        {
            _world.Loop.After(1, () => ReceiveIn(Incarnation, envelope));
            return;
        }

        var label = _circle.Label(transaction, CommitWording.Of(envelope.Message, transaction.Terms));
        _world.Network.Send(Name, target.Name, MessageFamily.Commit, label, false, () => target.Receive(envelope));
    }

    private void ReceiveIn(int incarnation, CommitEnvelope envelope)
    {
        if (Running && Incarnation == incarnation)
        {
            Receive(envelope);
        }
    }

    private void Force(CommitMachine machine, CommitEffect.ForceLog force)
    {
        var incarnation = Incarnation;
        _unforced.Add(force.Entry);
        _world.Loop.After(_random.Between(500, 2_000), () =>
        {
            if (Running && incarnation == Incarnation)
            {
                _log.AddRange(_unforced);
                _unforced.Clear();
                Step(machine, new CommitInput.Logged(force.Token));
            }
        });
    }

    private void Complete(LabTransaction transaction, Outcome outcome)
    {
        if (transaction.Outcome is null or Outcome.InDoubt && transaction.Outcome?.GetType() != outcome.GetType())
        {
            Tell(transaction, NoteKind.Decision, outcome switch
            {
                Outcome.Committed => "tells the caller: committed",
                Outcome.Aborted aborted => $"tells the caller: aborted, {aborted.Reason}",
                _ => "tells the caller: in doubt",
            });
            transaction.Outcome = outcome;
        }
    }

    private void Tell(LabTransaction transaction, NoteKind kind, string text) => _world.Story.Note(Name, kind, _circle.Label(transaction, text));

    private void TellState(CommitMachine machine)
    {
        var name = _circle[machine.Id].Name;
        switch (machine)
        {
            case ParticipantMachine participant when participant == Participant && participant.State is not (ParticipantState.Initial or ParticipantState.Finishing):
                var detail = participant.State == ParticipantState.Preparing ? name
                    : Resource.Holder is { } holder ? $"{holder.Name} holds the lock"
                    : $"value {Resource.Value ?? "none"}";
                _world.Story.State(Name, Words(participant.State), detail, Mood(participant.State));
                break;
            case CoordinatorMachine coordinator when coordinator == Coordinating && coordinator.State is not (CoordinatorState.Initial or CoordinatorState.WithoutMemory):
                _world.Story.State(Name, Words(coordinator.State), name, Mood(coordinator.State));
                break;
            default:
                break;
        }
    }

    private static string Words(ParticipantState state) => state switch
    {
        ParticipantState.Prepared => "IN DOUBT",
        ParticipantState.PreCommitted => "PRE-COMMITTED",
        ParticipantState.ReadOnly => "READ ONLY",
        _ => state.ToString().ToUpperInvariant(),
    };

    private static string Words(CoordinatorState state) => state switch
    {
        CoordinatorState.Preparing => "ASKING",
        CoordinatorState.PreCommitting => "PRE-COMMITTING",
        _ => state.ToString().ToUpperInvariant(),
    };

    private static StateMood Mood(ParticipantState state) => state switch
    {
        ParticipantState.Committed => StateMood.Good,
        ParticipantState.Prepared or ParticipantState.Aborted => StateMood.Bad,
        ParticipantState.Initial or ParticipantState.ReadOnly => StateMood.Calm,
        _ => StateMood.Busy,
    };

    private static StateMood Mood(CoordinatorState state) => state switch
    {
        CoordinatorState.Committed => StateMood.Good,
        CoordinatorState.Aborted => StateMood.Bad,
        _ => StateMood.Busy,
    };
}

using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.AtomicCommit.PaxosCommit;
using GrainKeeper.Core.AtomicCommit.ThreePhase;
using GrainKeeper.Core.AtomicCommit.TwoPhase;

namespace GrainKeeper.Core.Tests.AtomicCommit;

/// <summary>All parties of one transaction with a perfect network, log and resources: for what happens when nothing goes wrong.</summary>
internal sealed class CommitCircle
{
    private readonly Dictionary<CommitParty, CommitMachine> _machines = [];
    private readonly Queue<(CommitParty To, CommitInput Input)> _inputs = new();
    private readonly Dictionary<ParticipantId, Vote> _votes;
    private readonly CommitProtocol _protocol;
    private readonly int _acceptors;
    private const long Now = 1_000;

    public CommitCircle(CommitProtocol protocol, int participants, int acceptors = 0, Dictionary<int, Vote>? votes = null)
    {
        _protocol = protocol;
        _acceptors = acceptors;
        Participants = [.. Enumerable.Range(1, participants).Select(i => new ParticipantId($"p{i:D2}"))];
        _votes = Participants.Select((p, i) => (p, Vote: votes?.GetValueOrDefault(i + 1, Vote.Yes) ?? Vote.Yes)).ToDictionary(v => v.p, v => v.Vote);
        Add(protocol switch
        {
            CommitProtocol.TwoPhase => new TwoPhaseCoordinator(Id, Options, [], mayBegin: true),
            CommitProtocol.ThreePhase => new ThreePhaseCoordinator(Id, Options, [], mayBegin: true),
            _ => new PaxosLeader(Id, 0, 1, Options, mayBegin: true),
        });
        foreach (var participant in Participants)
        {
            Add(protocol switch
            {
                CommitProtocol.TwoPhase => new TwoPhaseParticipant(Id, participant, Options, []),
                CommitProtocol.ThreePhase => new ThreePhaseParticipant(Id, participant, Options, []),
                _ => new PaxosParticipant(Id, participant, Options, []),
            });
        }

        for (var i = 1; i <= acceptors; i++)
        {
            Add(new PaxosAcceptor(Id, i, Options, []));
            Add(new PaxosLeader(Id, i, 1, Options, mayBegin: false));
        }
    }

    public static TransactionId Id { get; } = new("root", 7, 42);

    public static CommitOptions Options { get; } = new();

    public IReadOnlyList<ParticipantId> Participants { get; }

    public List<TimelineEntry> Timeline { get; } = [];

    public List<CommitEnvelope> Messages { get; } = [];

    public List<CommitLogEntry> Forced { get; } = [];

    public Outcome? Outcome { get; private set; }

    /// <summary>What had been sent and forced when the caller was told.</summary>
    public (int Messages, int Forced) AtOutcome { get; private set; }

    public IEnumerable<ParticipantMachine> ParticipantMachines => _machines.Values.OfType<ParticipantMachine>();

    public void Run()
    {
        var request = new TransactionRequest(_protocol, Participants.ToDictionary(p => p, p => (ReadOnlyMemory<byte>)new byte[] { 9 }), _acceptors);
        _inputs.Enqueue((CommitParty.Coordinator, new CommitInput.Submit(request)));
        while (_inputs.TryDequeue(out var next))
        {
            Step(_machines[next.To], next.Input);
        }
    }

    private void Add(CommitMachine machine)
    {
        _machines[machine.Self] = machine;
        Step(machine, new CommitInput.Start());
    }

    private void Step(CommitMachine machine, CommitInput input)
    {
        var effects = new List<Effect>();
        machine.Step(input, new Core.Now(Now, Now), effects);
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case CommitEffect.Trace trace:
                    Timeline.Add(trace.Entry);
                    break;
                case CommitEffect.Send send:
                    Messages.Add(send.Envelope);
                    _inputs.Enqueue((send.Envelope.To, new CommitInput.MessageReceived(send.Envelope.From, send.Envelope.Message)));
                    break;
                case CommitEffect.ForceLog force:
                    Forced.Add(force.Entry);
                    _inputs.Enqueue((machine.Self, new CommitInput.Logged(force.Token)));
                    break;
                case CommitEffect.Prepare prepare:
                    _inputs.Enqueue((machine.Self, new CommitInput.ResourcePrepared(_votes[machine.Self.Participant], prepare.Payload, prepare.Payload)));
                    break;
                case CommitEffect.Apply or CommitEffect.Undo:
                    _inputs.Enqueue((machine.Self, new CommitInput.ResourceFinished()));
                    break;
                case CommitEffect.Completed completed:
                    Outcome = completed.Outcome;
                    AtOutcome = (Messages.Count, Forced.Count);
                    break;
                default:
                    break;
            }
        }
    }
}

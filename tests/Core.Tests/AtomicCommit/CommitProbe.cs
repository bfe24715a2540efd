using System.Globalization;
using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Core.Tests.AtomicCommit;

/// <summary>Drives one machine by hand and tells what it wants done, one short line for each effect, without the timeline.</summary>
internal sealed class CommitProbe
{
    private readonly CommitMachine _machine;
    private long _token;
    private long _now = 10_000;

    public CommitProbe(CommitMachine machine)
    {
        _machine = machine;
        Started = Do(new CommitInput.Start());
    }

    /// <summary>What the start has asked for.</summary>
    public string[] Started { get; }

    public static ParticipantId A { get; } = new("a");

    public static ParticipantId B { get; } = new("b");

    public static ParticipantId C { get; } = new("c");

    public static TransactionTerms Terms(CommitProtocol protocol, params ParticipantId[] participants) =>
        new(protocol, participants.Length == 0 ? [A, B, C] : participants, protocol == CommitProtocol.PaxosCommit ? 3 : 0);

    public static CommitParty Party(string name) => name switch
    {
        "coordinator" => CommitParty.Coordinator,
        _ when name.StartsWith("acceptor", StringComparison.Ordinal) => CommitParty.Acceptor(name[^1] - '0'),
        _ when name.StartsWith("leader", StringComparison.Ordinal) => CommitParty.Leader(name[^1] - '0'),
        _ => CommitParty.Of(new ParticipantId(name)),
    };

    public string[] Submit(CommitProtocol protocol, params ParticipantId[] participants)
    {
        var terms = Terms(protocol, participants);
        return Do(new CommitInput.Submit(new TransactionRequest(
            protocol, terms.Participants.ToDictionary(p => p, _ => (ReadOnlyMemory<byte>)new byte[] { 1 }), terms.Acceptors)));
    }

    public string[] Hear(string from, CommitMessage message) => Do(new CommitInput.MessageReceived(Party(from), message));

    public string[] Ask(CommitProtocol protocol) => Hear(
        "coordinator",
        protocol == CommitProtocol.ThreePhase ? new CommitMessage.CanCommit(Terms(protocol), new byte[] { 1 }) : new CommitMessage.Prepare(Terms(protocol), new byte[] { 1 }));

    public string[] Resource(Vote vote) => Do(new CommitInput.ResourcePrepared(vote, new byte[] { 1, 2 }, new byte[] { 3 }));

    public string[] Finished() => Do(new CommitInput.ResourceFinished());

    /// <summary>The last forced record is durable.</summary>
    public string[] Logged() => Do(new CommitInput.Logged(_token));

    public string[] LogUnknown() => Do(new CommitInput.LogUnknown(_token));

    public string[] LoggedWithToken(long token) => Do(new CommitInput.Logged(token));

    public string[] Resolve(Decision decision) => Do(new CommitInput.Resolve(decision));

    public string[] Lose(string participant, string reason = "its tree was deleted") => Do(new CommitInput.Gone(new ParticipantId(participant), reason));

    /// <summary>Lets the next deadline come.</summary>
    public string[] Wait()
    {
        Assert.NotNull(_machine.NextDeadline);
        _now = _machine.NextDeadline!.Value;
        return Do(new CommitInput.Tick());
    }

    /// <summary>Lets so many milliseconds pass, deadline by deadline.</summary>
    public string[] Wait(int milliseconds)
    {
        var until = _now + milliseconds;
        var all = new List<string>();
        while (_machine.NextDeadline is { } deadline && deadline <= until)
        {
            _now = deadline;
            all.AddRange(Do(new CommitInput.Tick()));
        }

        _now = until;
        return [.. all];
    }

    public long? Pause => _machine.NextDeadline - _now;

    private string[] Do(CommitInput input)
    {
        var effects = new List<Effect>();
        _machine.Step(input, new Core.Now(_now, _now), effects);
        return [.. effects.Where(e => e is not CommitEffect.Trace).Select(Tell)];
    }

    private string Tell(Effect effect)
    {
        switch (effect)
        {
            case CommitEffect.Send e:
                Assert.Equal(_machine.Self, e.Envelope.From);
                Assert.Equal(_machine.Id, e.Envelope.Id);
                return $"{e.Envelope.To} ← {e.Envelope.Message.Describe()}";
            case CommitEffect.ForceLog e:
                Assert.True(e.Token > _token, "tokens grow");
                _token = e.Token;
                return $"force {e.Entry.Record.Describe()}";
            case CommitEffect.AppendLog e:
                return $"append {e.Entry.Record.Describe()}";
            case CommitEffect.Prepare e:
                return string.Create(CultureInfo.InvariantCulture, $"prepare {e.Payload.Length} bytes, locks {e.LockWait} ms");
            case CommitEffect.Apply e:
                return $"apply {e.Redo.Length} bytes";
            case CommitEffect.Undo e:
                return $"undo {e.Before.Length} bytes";
            case CommitEffect.Decided e:
                return $"decided {e.Decision}";
            case CommitEffect.Completed { Outcome: Outcome.Committed }:
                return "tell committed";
            case CommitEffect.Completed { Outcome: Outcome.Aborted a }:
                return $"tell aborted [{string.Join(' ', a.Votes.Select(v => $"{v.Participant}: {v.Reason}"))}] {a.Reason}";
            case CommitEffect.Completed { Outcome: Outcome.InDoubt d }:
                return $"tell in doubt {d.Id}";
            case CommitEffect.Contradiction e:
                return $"contradiction: {e.From} has {e.Other}, not {e.Own}";
            case CommitEffect.Restart:
                return "restart";
            case CommitEffect.Miss e:
                return $"miss {string.Join(' ', e.Participants)}";
            case CommitEffect.Forget:
                return "forget";
            default:
                throw new InvalidOperationException($"unknown effect {effect}");
        }
    }
}

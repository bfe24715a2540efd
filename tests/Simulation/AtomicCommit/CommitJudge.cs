using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.AtomicCommit.PaxosCommit;

namespace GrainKeeper.Simulation.AtomicCommit;

/// <summary>
/// Judges every effect before it is carried out, by what is durable and what was said before; it knows nothing of how the parties decide. AC1 to AC3 here; AC4 and AC5 need
/// the end of the run and are judged by <see cref="CommitWorld"/>.
/// </summary>
public sealed class CommitJudge(CommitWorld world)
{
    private readonly Dictionary<TransactionId, (Decision Decision, string By)> _decisions = [];
    private readonly Dictionary<(TransactionId Id, string Node, CommitParty Party), Decision> _own = [];
    private readonly Dictionary<TransactionId, HashSet<ParticipantId>> _yes = [];
    private readonly HashSet<(TransactionId Id, ParticipantId Participant)> _no = [];

    // 2PC's participants that have only read: they leave after their vote, remember nothing, and what they say when they are asked again counts for nothing.
    private readonly HashSet<(TransactionId Id, ParticipantId Participant)> _left = [];
    private readonly Dictionary<(TransactionId Id, Ballot Ballot, int Instance), bool> _proposed = [];

    /// <summary>What was decided, by transaction.</summary>
    public IReadOnlyDictionary<TransactionId, (Decision Decision, string By)> Decisions => _decisions;

    /// <summary>Judges an effect.</summary>
    public void Observe(CommitNode node, CommitMachine machine, CommitEffect effect)
    {
        switch (effect)
        {
            case CommitEffect.Decided when _left.Contains((machine.Id, machine.Self.Participant)):
                break;
            case CommitEffect.Decided decided:
                var key = (machine.Id, node.Name, machine.Self);
                if (_own.TryGetValue(key, out var before) && before != decided.Decision)
                {
                    throw new PropertyViolatedException("AC2 no reversal", $"{machine.Self} of {machine.Id} decided {before} and then {decided.Decision}");
                }

                _own[key] = decided.Decision;
                Decide(machine.Id, decided.Decision, machine.Self.ToString());
                break;
            case CommitEffect.Completed { Outcome: Outcome.Committed }:
                Decide(machine.Id, Decision.Commit, "the caller");
                break;
            case CommitEffect.Completed { Outcome: Outcome.Aborted }:
                Decide(machine.Id, Decision.Abort, "the caller");
                break;
            case CommitEffect.Contradiction contradiction:
                throw new PropertyViolatedException("AC1 agreement", $"{machine.Self} of {machine.Id} has {contradiction.Own}, {contradiction.From} says {contradiction.Other}");
            case CommitEffect.Apply when _decisions.GetValueOrDefault(machine.Id).Decision != Decision.Commit:
                throw new PropertyViolatedException("AC1 agreement", $"{machine.Self} applies {machine.Id}, which is not committed");
            case CommitEffect.Prepare prepare when world.Profile.Announces:
                Demand(
                    !prepare.Mark.IsEmpty && node.Disk.RecordsOf(machine.Id, machine.Self).Exists(r => r is CommitRecord.Announced a && a.Mark.Span.SequenceEqual(prepare.Mark.Span)),
                    "what a resource is to keep is durable before it is asked",
                    machine);
                break;
            case CommitEffect.Undo when node.Resource.Applied.Contains(machine.Id):
                throw new PropertyViolatedException("AC2 no reversal", $"{machine.Self} undoes {machine.Id} after it was applied");
            case CommitEffect.Send send:
                JudgeMessage(node, machine, send.Envelope);
                break;
            default:
                break;
        }
    }

    private void Decide(TransactionId id, Decision decision, string by)
    {
        if (_decisions.TryGetValue(id, out var before))
        {
            if (before.Decision != decision)
            {
                throw new PropertyViolatedException("AC1 agreement", $"{id}: {before.By} has {before.Decision}, {by} has {decision}");
            }

            return;
        }

        _decisions[id] = (decision, by);
        if (decision == Decision.Commit)
        {
            var yes = _yes.GetValueOrDefault(id) ?? [];
            var missing = world.Participants.Where(p => !yes.Contains(p)).ToList();
            if (missing.Count > 0)
            {
                throw new PropertyViolatedException("AC3 commit needs all Yes", $"{id} commits by {by} without a Yes of {string.Join(", ", missing)}");
            }
        }
    }

    private void JudgeMessage(CommitNode node, CommitMachine machine, CommitEnvelope envelope)
    {
        bool Durable(Func<CommitRecord, bool> matches) => node.Disk.RecordsOf(envelope.Id, machine.Self).Exists(r => matches(r));
        switch (envelope.Message)
        {
            case CommitMessage.Voted { Vote.Kind: VoteKind.No }:
                _no.Add((envelope.Id, machine.Self.Participant));
                break;
            case CommitMessage.Voted m:
                if (m.Vote.Kind == VoteKind.ReadOnly)
                {
                    _left.Add((envelope.Id, machine.Self.Participant));
                }

                Yes(envelope.Id, machine.Self.Participant);
                Demand(m.Vote.Kind == VoteKind.ReadOnly || Durable(r => r is CommitRecord.Prepared), "undo and redo are durable before Yes", machine);
                break;
            case CommitMessage.Phase2A m when m.Ballot == Ballot.Zero:
                Yes(envelope.Id, machine.Self.Participant);
                Demand(Durable(r => r is CommitRecord.Prepared), "undo and redo are durable before Yes", machine);
                Propose(envelope.Id, m);
                break;
            case CommitMessage.Phase2A m:
                Propose(envelope.Id, m);
                break;
            case CommitMessage.PreCommitAck:
                Demand(Durable(r => r is CommitRecord.PreCommitted), "PreCommit is durable before its acknowledgement", machine);
                break;
            case CommitMessage.Decide m:
                JudgeDecide(node, machine, m.Decision);
                break;
            case CommitMessage.Ack when machine is ParticipantMachine { Decision: Decision.Commit }:
                Demand(Durable(r => r is CommitRecord.Decided { Decision: Decision.Commit }), "the commit is durable before it is acknowledged", machine);
                Demand(node.Resource.Applied.Contains(envelope.Id), "the commit is carried out before it is acknowledged", machine);
                break;
            case CommitMessage.Phase1B m:
                Demand(
                    Durable(r => (r is CommitRecord.Promised p && p.Ballot == m.Ballot) || (r is CommitRecord.Accepted a && a.Votes[0].Ballot == m.Ballot)),
                    "a promise is durable before it is given",
                    machine);
                break;
            case CommitMessage.Phase2B m:
                Demand(
                    m.Votes.All(v => Durable(r => r is CommitRecord.Accepted a && a.Votes.Contains(v))), "an accepted value is durable before it is told", machine);
                break;
            default:
                break;
        }
    }

    private void JudgeDecide(CommitNode node, CommitMachine machine, Decision decision)
    {
        if (decision == Decision.Commit && machine is not PaxosLeader and not PaxosAcceptor)
        {
            Demand(
                node.Disk.RecordsOf(machine.Id, machine.Self).Exists(r => r is CommitRecord.Decided { Decision: Decision.Commit }),
                "the decision to commit is durable before it is told",
                machine);
        }

        if (decision == Decision.Abort && _decisions.TryGetValue(machine.Id, out var made) && made.Decision != decision)
        {
            throw new PropertyViolatedException("AC1 agreement", $"{machine.Self} tells {decision} of {machine.Id}, {made.By} has {made.Decision}");
        }
    }

    private void Yes(TransactionId id, ParticipantId participant)
    {
        if (!_yes.TryGetValue(id, out var yes))
        {
            _yes[id] = yes = [];
        }

        yes.Add(participant);
        if (_no.Contains((id, participant)) && !world.MayForgetVotes(id, participant))
        {
            throw new PropertyViolatedException("one vote", $"{participant} votes Yes on {id} after No");
        }
    }

    private void Propose(TransactionId id, CommitMessage.Phase2A message)
    {
        foreach (var vote in message.Votes)
        {
            var key = (id, message.Ballot, vote.Participant);
            if (_proposed.TryGetValue(key, out var before) && before != vote.Prepared)
            {
                throw new PropertyViolatedException("one value in a ballot", $"{id}: ballot {message.Ballot} proposes two values for participant {vote.Participant}");
            }

            _proposed[key] = vote.Prepared;
        }
    }

    private static void Demand(bool holds, string property, CommitMachine machine)
    {
        if (!holds)
        {
            throw new PropertyViolatedException(property, $"{machine.Self} of {machine.Id}");
        }
    }
}

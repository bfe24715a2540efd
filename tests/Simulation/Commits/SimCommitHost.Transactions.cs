using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica.Commits;
using GrainKeeper.Core.Requests;
using GrainKeeper.Simulation.Checking;
using GrainKeeper.Simulation.Clients;

namespace GrainKeeper.Simulation.Commits;

/// <content>Transactions in which the tree takes part.</content>
public sealed partial class SimCommitHost
{
    private const int headerSize = 8;
    private static readonly TransactionTerms _terms = new(CommitProtocol.TwoPhase, [new ParticipantId("tree.root")], 0);

    private void Resume(IReadOnlyList<StoredCommit> commits)
    {
        foreach (var commit in commits)
        {
            if (commit.Key.Owner == TreeTransactionChecker.Tree && !commit.IsFinished)
            {
                var isDecided = commit.Records().Any(r => r is CommitRecord.Decided { Decision: Decision.Commit });
                Later(3_000, epoch => Decide(epoch, commit.Key.Id, isDecided));
            }
        }
    }

    private void Begin(Epoch epoch)
    {
        var operations = new ClientRequest { Type = OpCode.Multi, Parts = [.. Enumerable.Range(0, random.Between(1, 3)).Select(_ => Operation())] };
        var id = transactions.Begin(operations);
        var payload = TreeOperations.Encode(Credentials.None, Frames.Request(operations).Span[headerSize..]);
        Ask(ticket => new CommitRequest.Prepare(epoch, ticket, id, payload, random.Between(0, 2_000)), news =>
        {
            if (news is CommitNews.Prepared { Vote.Kind: VoteKind.Yes } yes)
            {
                Later(200, next => Vote(next, id, yes.Redo));
            }
        });
    }

    private ClientRequest Operation()
    {
        var key = Workload.Key(random.Below(world.Profile.Keys));
        return random.Below(100) switch
        {
            < 40 => new ClientRequest { Type = OpCode.SetData, Path = key, Value = world.NextValue() },
            < 55 => new ClientRequest { Type = OpCode.Create, Path = key, Value = world.NextValue() },
            < 70 => new ClientRequest { Type = OpCode.Delete, Path = key },
            < 80 => new ClientRequest { Type = OpCode.Create2, Path = "/seq/t-", Value = world.NextValue(), Flags = 2 },
            < 90 => new ClientRequest { Type = OpCode.SetData, Path = $"/eph/e{random.Below(world.Profile.Clients)}", Value = world.NextValue() },
            _ => new ClientRequest { Type = OpCode.Check, Path = key },
        };
    }

    private void Vote(Epoch epoch, TransactionId id, ReadOnlyMemory<byte> redo)
    {
        if (random.Chance(0.15))
        {
            Ask(ticket => new CommitRequest.Finish(epoch, ticket, id, false), _ => { });
            return;
        }

        Ask(ticket => new CommitRequest.Write(epoch, ticket, Entry(id, new CommitRecord.Prepared(_terms, redo, default))), news =>
        {
            if (IsDone(news))
            {
                Later(3_000, next => Decide(next, id, isDecided: false));
            }
        });
    }

    private void Decide(Epoch epoch, TransactionId id, bool isDecided)
    {
        var decision = transactions.Decide(id, random);
        if (isDecided || (decision == Decision.Abort && random.Chance(0.5)))
        {
            Finish(epoch, id, decision);
            return;
        }

        Ask(ticket => new CommitRequest.Write(epoch, ticket, Entry(id, new CommitRecord.Decided(decision, null, string.Empty))), news =>
        {
            if (IsDone(news))
            {
                Later(100, next => Finish(next, id, decision));
            }
        });
    }

    private void Finish(Epoch epoch, TransactionId id, Decision decision)
    {
        // The first question may be the death of the process.
        var life = _life;
        for (var times = random.Chance(0.2) ? 2 : 1; times > 0 && life == _life; times--)
        {
            Ask(ticket => new CommitRequest.Finish(epoch, ticket, id, decision == Decision.Commit), news =>
            {
                if (news is CommitNews.Answered { Answer: CommitAnswer.Refused } refused)
                {
                    // The end of a leadership refuses what waits, and is told right after.
                    Later(0, _ => throw new PropertyViolatedException("what is decided is carried out", $"{id} cannot be finished with {decision}: {refused.Reason}"));
                }
            });
        }
    }

    private void Later(int most, Action<Epoch> then)
    {
        var life = _life;
        world.Loop.After(random.Between(0, most) * EventLoop.Millisecond, () =>
        {
            if (life == _life && _leading is { } epoch)
            {
                then(epoch);
            }
        });
    }

    private static bool IsDone(CommitNews news) => news is CommitNews.Answered { Answer: CommitAnswer.Done };

    private static CommitLogEntry Entry(TransactionId id, CommitRecord record) => new(id, TreeTransactionChecker.Tree, record);
}

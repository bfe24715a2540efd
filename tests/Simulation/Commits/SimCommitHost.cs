using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica.Commits;
using GrainKeeper.Simulation.Checking;

namespace GrainKeeper.Simulation.Commits;

/// <summary>Plays the host of atomic commit beside one server's replica: while that leads, it writes, reads and forgets records at random.</summary>
public sealed partial class SimCommitHost(
    World world, SimRandom random, CommitRecordChecker checker, TreeTransactionChecker transactions, Action<CommitRequest> ask)
{
    private const int keys = 6;
    private readonly Dictionary<long, Action<CommitNews>> _asked = [];
    private Epoch? _leading;
    private Epoch _before;
    private long _ticket;
    private int _life;

    /// <summary>Questions without an answer.</summary>
    public int Unanswered => _asked.Count;

    /// <summary>The process or its core is gone.</summary>
    public void Stop()
    {
        _leading = null;
        _life++;
        _asked.Clear();
    }

    /// <summary>The replica has news.</summary>
    public void Hear(ServerId server, CommitNews news)
    {
        switch (news)
        {
            case CommitNews.Began began:
                checker.Began(server, began.Epoch, [.. began.Commits.Where(c => c.Key.Owner != TreeTransactionChecker.Tree)]);
                _leading = began.Epoch;
                Resume(began.Commits);
                Plan(_life);
                break;
            case CommitNews.Ended ended:
                _before = ended.Epoch;
                _leading = null;
                _life++;
                break;
            case CommitNews.Answered answered:
                Take(answered.Ticket, answered);
                break;
            case CommitNews.Prepared prepared:
                Take(prepared.Ticket, prepared);
                break;
            case CommitNews.WasRead read:
                Take(read.Ticket, read);
                break;
            default:
                throw new InvalidOperationException($"unknown news {news}");
        }
    }

    private void Take(long ticket, CommitNews news)
    {
        if (!_asked.Remove(ticket, out var then))
        {
            throw new PropertyViolatedException("every question is answered once", $"{news} answers nothing");
        }

        then(news);
    }

    private void Plan(int life) => world.Loop.After(random.Between(1, 2 * world.Profile.CommitPause), () =>
    {
        if (life == _life && _leading is { } epoch && world.Committing)
        {
            if (world.Profile.CommitTransactions && random.Chance(0.4))
            {
                Begin(epoch);
            }
            else
            {
                Act(epoch);
            }

            Plan(life);
        }
    });

    private void Act(Epoch epoch)
    {
        var key = new CommitKey(new TransactionId("root", 1, random.Between(1, keys)), CommitParty.Of(new ParticipantId("p")));
        switch (random.Below(100))
        {
            case < 60:
                Write(epoch, key);
                break;
            case < 70:
                checker.Forgetting(key);
                Ask(ticket => new CommitRequest.Forget(epoch, ticket, key), _ => { });
                break;
            case < 95:
                var barrier = random.Chance(0.5);
                var before = checker.Asked(epoch, key, barrier);
                Ask(ticket => new CommitRequest.Read(epoch, ticket, key, barrier), news =>
                {
                    if (news is CommitNews.WasRead read)
                    {
                        checker.WasRead(key, before, read.Found);
                    }
                });
                break;
            default:
                if (_before.Value > 0)
                {
                    Write(_before, key);
                }

                break;
        }
    }

    private void Write(Epoch epoch, CommitKey key)
    {
        var number = world.NextValue();
        checker.Issued(epoch, key, number);
        var entry = new CommitLogEntry(
            key.Id, key.Owner, new CommitRecord.Decided(Decision.Abort, null, number.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        Ask(ticket => new CommitRequest.Write(epoch, ticket, entry), news =>
        {
            if (news is CommitNews.Answered { Answer: CommitAnswer.Done })
            {
                checker.Done(number);
            }
        });
    }

    private void Ask(Func<long, CommitRequest> make, Action<CommitNews> then)
    {
        _asked.Add(++_ticket, then);
        ask(make(_ticket));
    }
}

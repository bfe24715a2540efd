using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Simulation.AtomicCommit;

/// <summary>What a participant guards: one value under one exclusive lock. What it has applied survives crashes; its lock lives in the process and in prepared records.</summary>
public sealed class SimResource(EventLoop loop, SimRandom random, CommitProfile profile)
{
    private readonly Dictionary<TransactionId, Action> _waiting = [];
    private int _generation;

    /// <summary>Transactions whose changes it shows.</summary>
    public HashSet<TransactionId> Applied { get; } = [];

    /// <summary>Transactions that it was told to undo.</summary>
    public HashSet<TransactionId> Undone { get; } = [];

    /// <summary>Who holds the lock.</summary>
    public TransactionId? Holder { get; private set; }

    /// <summary>Executes, or waits for the lock; the answer may never come.</summary>
    public void Prepare(TransactionId id, VoteKind plan, int lockWait, Action<Vote> answer)
    {
        var deadline = loop.Now + (lockWait * EventLoop.Millisecond);
        var cancelled = false;
        var generation = _generation;
        _waiting[id] = () => cancelled = true;
        void Try()
        {
            if (cancelled || generation != _generation)
            {
                return;
            }

            if (plan == VoteKind.No)
            {
                Answer(Vote.No("planned"));
            }
            else if (Holder is null || Holder == id)
            {
                Holder = plan == VoteKind.Yes ? id : Holder;
                Answer(new Vote(plan, string.Empty));
            }
            else if (loop.Now >= deadline)
            {
                Answer(Vote.No($"{id} waits for {Holder}"));
            }
            else
            {
                loop.After(5 * EventLoop.Millisecond, Try);
            }
        }

        void Answer(Vote vote)
        {
            _waiting.Remove(id);
            answer(vote);
        }

        if (!random.Chance(profile.Silent))
        {
            loop.After(random.Between(50, profile.MaxWork), Try);
        }
    }

    /// <summary>Applies or undoes, and frees the lock.</summary>
    public void Finish(TransactionId id, bool apply, Action answer)
    {
        if (_waiting.Remove(id, out var cancel))
        {
            cancel();
        }

        var generation = _generation;
        loop.After(random.Between(20, profile.MaxWork), () =>
        {
            if (generation != _generation)
            {
                return;
            }

            (apply ? Applied : Undone).Add(id);
            Holder = Holder == id ? null : Holder;
            answer();
        });
    }

    /// <summary>Nothing of the transaction is in the log: it has never been prepared.</summary>
    public void Release(TransactionId id)
    {
        if (_waiting.Remove(id, out var cancel))
        {
            cancel();
        }

        Holder = Holder == id ? null : Holder;
    }

    /// <summary>The process has died, and the resource has not: it goes on holding what is prepared, and nothing else.</summary>
    public void Disconnect()
    {
        _generation++;
        _waiting.Clear();
    }

    /// <summary>The process has started again: the lock of a prepared transaction is held again.</summary>
    public void Restart(IEnumerable<TransactionId> prepared)
    {
        Holder = null;
        _generation++;
        _waiting.Clear();
        foreach (var id in prepared)
        {
            if (Holder is not null && Holder != id)
            {
                throw new PropertyViolatedException("exclusive lock", $"{id} and {Holder} are both prepared");
            }

            Holder = id;
        }
    }
}

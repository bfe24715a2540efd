using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Lab.Running;
using GrainKeeper.Lab.Scheduling;
using GrainKeeper.Lab.Stories;

namespace GrainKeeper.Lab.Commits;

/// <summary>What a participant guards: one value under one exclusive lock. The value survives crashes; the lock comes back with the prepared records.</summary>
internal sealed class LabResource(LabWorld world, SimRandom random, string name)
{
    private readonly Dictionary<TransactionId, Action> _waiting = [];
    private int _life;

    /// <summary>The value: the name of the last transaction that was committed here; null before the first.</summary>
    internal string? Value { get; private set; }

    /// <summary>Who holds the lock.</summary>
    internal LabTransaction? Holder { get; private set; }

    internal void Prepare(LabTransaction transaction, int lockWait, Action<Vote> answer)
    {
        var deadline = world.Loop.Now + (lockWait * EventLoop.Millisecond);
        var (life, waits, stopped) = (_life, false, false);
        _waiting[transaction.Id] = () => stopped = true;
        world.Loop.After(Work(), Try);

        void Try()
        {
            if (stopped || life != _life)
            {
                return;
            }

            if (transaction.No.Contains(name))
            {
                Answer(Vote.No("it cannot execute this"));
            }
            else if (Holder is null || Holder == transaction)
            {
                Holder = transaction;
                world.Story.Note(name, NoteKind.Lock, $"locks its value for {transaction.Name} and executes, {Value ?? "none"} → {transaction.Name}");
                Answer(Vote.Yes);
            }
            else if (world.Loop.Now >= deadline)
            {
                Answer(Vote.No($"locked by {Holder.Name}"));
            }
            else
            {
                if (!waits)
                {
                    world.Story.Note(name, NoteKind.Lock, $"{transaction.Name} waits for the lock of {Holder.Name}");
                    waits = true;
                }

                world.Loop.After(5 * EventLoop.Millisecond, Try);
            }
        }

        void Answer(Vote vote)
        {
            _waiting.Remove(transaction.Id);
            answer(vote);
        }
    }

    internal void Finish(LabTransaction transaction, bool apply, Action answer)
    {
        Stop(transaction);
        var life = _life;
        world.Loop.After(Work(), () =>
        {
            if (life != _life)
            {
                return;
            }

            Value = apply ? transaction.Name : Value;
            var freed = Holder == transaction;
            Holder = freed ? null : Holder;
            if (apply || freed)
            {
                world.Story.Note(name, NoteKind.Lock, $"{(apply ? "shows" : "undoes")} {transaction.Name}{(freed ? " and frees its lock" : "")}");
            }

            answer();
        });
    }

    /// <summary>The transaction was never prepared: frees what it holds.</summary>
    internal void Release(LabTransaction transaction)
    {
        Stop(transaction);
        Holder = Holder == transaction ? null : Holder;
    }

    /// <summary>The process starts again: prepared transactions hold their lock.</summary>
    internal void Restart(LabTransaction? prepared)
    {
        _life++;
        _waiting.Clear();
        Holder = prepared;
    }

    private void Stop(LabTransaction transaction)
    {
        if (_waiting.Remove(transaction.Id, out var stop))
        {
            stop();
        }
    }

    private long Work() => random.Between(500, 2_000);
}

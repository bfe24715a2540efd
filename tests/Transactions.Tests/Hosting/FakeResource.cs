using System.Text;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Grains.Transactions;

namespace GrainKeeper.Transactions.Tests.Hosting;

/// <summary>An account that outlives servers. Operations: an amount to add; the balance may not fall below zero. One lock on all of it.</summary>
internal sealed class FakeResource(int balance) : ICommitResource
{
    private readonly Lock _gate = new();
    private readonly HashSet<TransactionId> _over = [];
    private TransactionId? _holder;
    private long _life;
    private TaskCompletionSource _freed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Balance { get; private set; } = balance;

    /// <summary>Who holds the lock.</summary>
    public TransactionId? Holder
    {
        get
        {
            lock (_gate)
            {
                return _holder;
            }
        }
    }

    public List<string> Calls { get; } = [];

    /// <summary>What an answer Yes waits for, by the life of the host that asked.</summary>
    public Func<long, Task>? Answers { get; set; }

    /// <summary>How many calls are to fail before one succeeds.</summary>
    public int Failures { get; set; }

    /// <summary>What it waits for before it looks at anything.</summary>
    public Func<Task>? Waits { get; set; }

    public async Task<CommitInput.ResourcePrepared> PrepareAsync(TransactionId id, long life, ReadOnlyMemory<byte> operations, int lockWait)
    {
        await (Waits?.Invoke() ?? Task.CompletedTask);
        var until = Environment.TickCount64 + lockWait;
        while (true)
        {
            Task freed;
            var held = false;
            lock (_gate)
            {
                Calls.Add($"prepare {id}");
                if (_over.Contains(id))
                {
                    return Answer(Vote.No("it is over"), default);
                }

                if (_holder is null || _holder == id)
                {
                    var amount = int.Parse(Encoding.ASCII.GetString(operations.Span), System.Globalization.CultureInfo.InvariantCulture);
                    if (Balance + amount < 0)
                    {
                        return Answer(Vote.No($"balance {Balance} is too low for {amount}"), default);
                    }

                    (_holder, _life) = (id, Math.Max(_life, life));
                    freed = Answers?.Invoke(life) ?? Task.CompletedTask;
                    held = true;
                }
                else
                {
                    freed = _freed.Task;
                }

                if (!held && Environment.TickCount64 >= until)
                {
                    return Answer(Vote.No($"{id} waits for {_holder}, which holds the lock"), default);
                }

            }

            if (held)
            {
                await freed;
                return Answer(Vote.Yes, operations);
            }

            await Task.WhenAny(freed, Task.Delay(20));
        }
    }

    public Task ApplyAsync(TransactionId id, long life, ReadOnlyMemory<byte> redo)
    {
        lock (_gate)
        {
            Fail();
            Calls.Add($"apply {id}");
            if (_over.Add(id))
            {
                Assert.Equal(id, _holder);
                Balance += int.Parse(Encoding.ASCII.GetString(redo.Span), System.Globalization.CultureInfo.InvariantCulture);
            }

            Free(id);
            return Task.CompletedTask;
        }
    }

    public Task UndoAsync(TransactionId id, long life, ReadOnlyMemory<byte> undo)
    {
        lock (_gate)
        {
            Fail();
            if (_holder == id && life < _life)
            {
                Calls.Add($"late undo {id}");
                return Task.CompletedTask;
            }

            Calls.Add($"undo {id}");
            _over.Add(id);
            Free(id);
            return Task.CompletedTask;
        }
    }

    private static CommitInput.ResourcePrepared Answer(Vote vote, ReadOnlyMemory<byte> redo) => new(vote, redo, redo);

    private void Fail()
    {
        if (Failures > 0)
        {
            Failures--;
            throw new IOException("the resource is away");
        }
    }

    private void Free(TransactionId id)
    {
        if (_holder == id)
        {
            _holder = null;
            _freed.TrySetResult();
            _freed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}

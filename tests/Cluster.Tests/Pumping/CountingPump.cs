using System.Collections.Concurrent;
using GrainKeeper.Grains.Pumping;

namespace GrainKeeper.Cluster.Tests.Pumping;

/// <summary>A pump whose core keeps what it is given.</summary>
internal sealed class CountingPump : CorePump<int>
{
    private readonly InputBudget _budget = new(1_000_000);
    private long? _deadline;
    private int _inside;

    /// <summary>What was handled, in order, and whether in a round.</summary>
    public List<(int Input, bool InRound)> Handled { get; } = [];

    /// <summary>What came too late.</summary>
    public List<int> Abandoned { get; } = [];

    public ConcurrentQueue<Exception> Failures { get; } = new();

    public int Rounds { get; private set; }

    public int Ticks { get; private set; }

    /// <summary>Whether two threads were at work at the same time.</summary>
    public bool Overlapped { get; private set; }

    protected override long? NextDeadline => _deadline;

    public bool Post(int input) => Queue.TryAdd(input, _budget, 1);

    public int HandledOnScheduler() => BetweenRounds(() => Handled.Count);

    /// <summary>Handles an input where it is, if the pump sleeps.</summary>
    /// <param name="input">The input.</param>
    /// <param name="meanwhile">Done while the pump's place is taken.</param>
    /// <param name="wait">Milliseconds to the core's deadline from then on.</param>
    /// <param name="failure">With what to fail.</param>
    public bool TryInPlace(int input, Action? meanwhile = null, int? wait = null, Exception? failure = null)
    {
        if (!TryBeginInPlace())
        {
            return false;
        }

        Enter();
        Handled.Add((input, false));
        meanwhile?.Invoke();
        if (wait is { } limit)
        {
            _deadline = Environment.TickCount64 + limit;
        }

        Leave();
        EndInPlace(failure);
        return true;
    }

    public void WakeUp() => Wake();

    protected override ValueTask OpenAsync() => ValueTask.CompletedTask;

    protected override ValueTask HandleAsync(int input)
    {
        Enter();
        Handled.Add((input, true));
        Leave();
        return ValueTask.CompletedTask;
    }

    protected override ValueTask EndRoundAsync()
    {
        Rounds++;
        return ValueTask.CompletedTask;
    }

    protected override ValueTask TickAsync()
    {
        Ticks++;
        _deadline = null;
        return ValueTask.CompletedTask;
    }

    protected override void Abandon(int input) => Abandoned.Add(input);

    protected override ValueTask CloseAsync() => ValueTask.CompletedTask;

    protected override void Fail(Exception error) => Failures.Enqueue(error);

    private void Enter() => Overlapped |= Interlocked.Increment(ref _inside) != 1;

    private void Leave() => Interlocked.Decrement(ref _inside);
}

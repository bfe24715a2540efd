using GrainKeeper.Core;

namespace GrainKeeper.Grains.Pumping;

/// <summary>
/// Drives one core: takes everything that waits, steps the core with it, lets time pass, and sleeps until there is more or the core's deadline has come.
/// It runs on the scheduler of the activation that started it, one turn for each round, so that the grain's own methods see the core only between rounds.
/// </summary>
/// <typeparam name="T">The inputs.</typeparam>
internal abstract class CorePump<T> : IAsyncDisposable
{
    private readonly AsyncSignal _signal = new();
    private readonly CancellationTokenSource _stopping = new();
    private Task? _run;

    protected CorePump()
    {
        Queue = new InputQueue<T>(_signal);

        // Asked for here, since a disposed source gives none any more, and what waits for it may still be under way then.
        Stopping = _stopping.Token;
    }

    /// <summary>Whether it has been started and has not ended.</summary>
    public bool Running => _run is { IsCompleted: false };

    /// <summary>Done when the pump has ended.</summary>
    public Task Completion => _run ?? Task.CompletedTask;

    protected InputQueue<T> Queue { get; }

    protected CancellationToken Stopping { get; }

    /// <summary>Whether more inputs follow the present one in this round.</summary>
    protected bool MoreInputs { get; private set; }

    protected abstract long? NextDeadline { get; }

    /// <summary>The moment, for a step.</summary>
    protected static Now Clock => new(Environment.TickCount64, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());

    /// <summary>Starts the pump on the caller's scheduler; later calls do nothing.</summary>
    public void Start() => _run ??= RunAsync();

    /// <summary>Ends the pump after the present round and waits until it has closed what it holds.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        _signal.Set();
        await Completion;
    }

    /// <summary>Stops it; the last call.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Ended();
        _signal.Dispose();
        _stopping.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Wakes the pump.</summary>
    protected void Wake() => _signal.Set();

    /// <summary>Opens what the core needs and makes the core.</summary>
    protected abstract ValueTask OpenAsync();

    /// <summary>Handles one input.</summary>
    protected abstract ValueTask HandleAsync(T input);

    /// <summary>Handles what does not come through the queue; called once in each round, after the inputs.</summary>
    protected abstract ValueTask EndRoundAsync();

    /// <summary>Tells the core that its deadline has come.</summary>
    protected abstract ValueTask TickAsync();

    /// <summary>An input that came too late to be handled.</summary>
    protected virtual void Abandon(T input)
    {
    }

    /// <summary>Closes what was opened. Also after a failure.</summary>
    protected abstract ValueTask CloseAsync();

    /// <summary>The pump will not run again.</summary>
    protected virtual void Ended()
    {
    }

    /// <summary>The core, or what it needs, has failed: the server cannot go on.</summary>
    protected abstract void Fail(Exception error);

    private async Task RunAsync()
    {
        // The caller is a grain's method: let it return first.
        await Task.Yield();
        try
        {
            await OpenAsync();
            await PumpAsync();
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Stopped while it was opening.
        }
        catch (Exception error)
        {
            Fail(error);
        }

        var left = Queue.Close();
        try
        {
            foreach (var input in left)
            {
                Abandon(input);
            }

            await CloseAsync();
        }
        catch (Exception error)
        {
            Fail(error);
        }
    }

    private async Task PumpAsync()
    {
        List<T>? inputs = null;
        while (!_stopping.IsCancellationRequested)
        {
            inputs = Queue.TakeAll(inputs);
            for (var i = 0; i < inputs.Count; i++)
            {
                MoreInputs = i < inputs.Count - 1;
                await HandleAsync(inputs[i]);
            }

            // Time passes after the inputs: what arrived during a stall of this process counts as in time.
            if (NextDeadline is { } due && due <= Environment.TickCount64)
            {
                await TickAsync();
            }

            await EndRoundAsync();
            if (inputs.Count > 0)
            {
                await Task.Yield();
            }
            else
            {
                // At least a millisecond, so that a deadline that stays in the past cannot make the pump spin.
                await _signal.WaitAsync(NextDeadline is { } next ? Math.Max(next - Environment.TickCount64, 1) : null);
            }
        }
    }
}

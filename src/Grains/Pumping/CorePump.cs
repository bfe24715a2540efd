using System.Runtime.ExceptionServices;
using GrainKeeper.Core;

namespace GrainKeeper.Grains.Pumping;

/// <summary>
/// Drives one core: takes everything that waits, steps the core with it, lets time pass, and sleeps until there is more or the core's deadline has come.
/// It runs on the scheduler of the activation that started it, one turn for each round, so that the grain's own methods see the core only between rounds. While it sleeps, whoever brings an
/// input may handle it where it is (<see cref="TryBeginInPlace"/>), which saves waking a thread.
/// </summary>
/// <typeparam name="T">The inputs.</typeparam>
internal abstract class CorePump<T> : IAsyncDisposable
{
    private readonly AsyncSignal _signal = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _inPlace = new();
    private Exception? _failedInPlace;
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
        await EndedAsync();
        _signal.Dispose();
        _stopping.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Wakes the pump.</summary>
    protected void Wake() => _signal.Set();

    /// <summary>
    /// Takes the sleeping pump's place, for one input and from any thread: nothing waits, and no round begins before <see cref="EndInPlace"/>, which has to follow on the same thread.
    /// What may only be done on the activation's scheduler is left to the next round: wake the pump for it.
    /// </summary>
    /// <returns>False when the pump is awake: the input has to be queued.</returns>
    protected bool TryBeginInPlace()
    {
        if (!_signal.TryStandIn())
        {
            return false;
        }

        _inPlace.Enter();
        return true;
    }

    /// <summary>Gives the pump's place back.</summary>
    /// <param name="failure">Why the input could not be handled: the pump ends of it.</param>
    protected void EndInPlace(Exception? failure)
    {
        long? wait = 0;
        if (failure is null)
        {
            wait = NextDeadline - Environment.TickCount64;
        }
        else
        {
            _failedInPlace = failure;
        }

        _inPlace.Exit();
        _signal.StandDown(wait);
    }

    /// <summary>Reads something of the core on the activation's scheduler, while nobody is in the pump's place.</summary>
    protected TValue BetweenRounds<TValue>(Func<TValue> read)
    {
        lock (_inPlace)
        {
            return read();
        }
    }

    /// <summary>Opens what the core needs and makes the core.</summary>
    protected abstract ValueTask OpenAsync();

    /// <summary>Does what was left to a round; called once in each, before the inputs.</summary>
    protected virtual ValueTask BeginRoundAsync() => ValueTask.CompletedTask;

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
    protected virtual ValueTask EndedAsync() => ValueTask.CompletedTask;

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
            if (_failedInPlace is { } failure)
            {
                ExceptionDispatchInfo.Throw(failure);
            }

            await BeginRoundAsync();
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

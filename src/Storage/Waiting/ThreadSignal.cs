namespace GrainKeeper.Storage.Waiting;

/// <summary>Wakes one thread that waits: a set signal lets the next wait pass at once; setting it twice is the same as once.</summary>
internal abstract class ThreadSignal
{
    /// <summary>The cheapest that this machine has.</summary>
    public static ThreadSignal Create() => FutexSignal.IsSupported ? new FutexSignal() : new MonitorSignal();

    /// <summary>Wakes the waiter, or lets the next wait pass. From any thread.</summary>
    public abstract void Set();

    /// <summary>Waits until it is set. One thread at a time.</summary>
    /// <param name="milliseconds">How long at most; <see cref="Timeout.Infinite"/> without a limit.</param>
    /// <returns>False when the time is over.</returns>
    public abstract bool Wait(int milliseconds);
}

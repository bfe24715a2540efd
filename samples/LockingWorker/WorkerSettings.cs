namespace GrainKeeper.Samples.LockingWorker;

/// <summary>What a worker does.</summary>
internal sealed class WorkerSettings
{
    /// <summary>How many items it takes in; then it ends.</summary>
    public int Items { get; set; } = 100;
}

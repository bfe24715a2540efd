namespace GrainKeeper.Client.Bulk;

/// <summary>A bulk load has ended early. What was created stays; load it again with <see cref="ExistingNodes.SkipSame"/> to go on.</summary>
/// <param name="message">Why.</param>
/// <param name="progress">How far it had come at least: later batches that were under way may be done too.</param>
/// <param name="reason">What the servers, or the connection, said.</param>
public sealed class BulkLoadException(string message, BulkLoadProgress progress, Exception reason) : Exception(message, reason)
{
    /// <summary>How far it had come at least: later batches that were under way may be done too.</summary>
    public BulkLoadProgress Progress { get; } = progress;
}

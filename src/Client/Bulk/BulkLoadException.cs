namespace GrainKeeper.Client.Bulk;

/// <summary>A bulk load has ended early. What was created stays; load it again with <see cref="ExistingNodes.SkipSame"/> to go on.</summary>
/// <param name="message">Why.</param>
/// <param name="progress">How far it had come; what the connection was lost with may be done too.</param>
/// <param name="reason">What the servers, or the connection, said.</param>
/// <param name="node">The node that could not be created; null when it was not the fault of one.</param>
public sealed class BulkLoadException(string message, BulkLoadProgress progress, Exception reason, BulkNode? node = null) : Exception(message, reason)
{
    /// <summary>How far it had come. Batches go on beside the one that failed, so nodes behind that may count; what the connection was lost with may be done too.</summary>
    public BulkLoadProgress Progress { get; } = progress;

    /// <summary>The node that could not be created; null when it was not the fault of one.</summary>
    public BulkNode? Node { get; } = node;
}

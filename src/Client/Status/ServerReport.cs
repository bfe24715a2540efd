using GrainKeeper.Contracts.Servers;

namespace GrainKeeper.Client.Status;

/// <summary>What was learnt of one server in one tree.</summary>
/// <param name="Server">The server as the ensemble's configuration lists it.</param>
/// <param name="Tree">The tree.</param>
/// <param name="Status">What it said; null when it did not answer.</param>
/// <param name="Problem">Why it did not answer; null when it did.</param>
public sealed record ServerReport(ServerDescription Server, string Tree, ServerStatus? Status, string? Problem)
{
    /// <summary>How long its answer took, through the server that was asked; null when it did not answer.</summary>
    public TimeSpan? Took { get; init; }

    /// <summary>Whether it answered, and the tree runs on it.</summary>
    public bool IsUp => Status is { Role: not ServerRole.Stopped };
}

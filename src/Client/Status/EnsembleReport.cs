using GrainKeeper.Contracts.Servers;

namespace GrainKeeper.Client.Status;

/// <summary>What all servers of an ensemble are doing.</summary>
/// <param name="AnsweredBy">The server through which the others were asked.</param>
/// <param name="Trees">The names of all trees, sorted, the root tree first.</param>
/// <param name="Servers">One for each tree asked about and each server: trees in their order, servers by id.</param>
public sealed record EnsembleReport(int AnsweredBy, IReadOnlyList<string> Trees, IReadOnlyList<ServerReport> Servers)
{
    /// <summary>Whether each tree asked about has a server that leads and serves.</summary>
    public bool AllTreesServe => Servers.Count > 0 && Servers.GroupBy(s => s.Tree, StringComparer.Ordinal)
        .All(tree => tree.Any(s => s.Status is { Role: ServerRole.Leading, Phase: ServerPhase.Broadcast }));
}

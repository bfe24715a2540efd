using GrainKeeper.Core.Quorum;
using GrainKeeper.Grains.Ensembles;
using GrainKeeper.Grains.Hosting;
using GrainKeeper.Grains.Peers;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Grains.Trees;

/// <summary>What the parts of one tree on this server share.</summary>
/// <param name="Tree">The tree's name.</param>
/// <param name="Created">The tree's identity; <see cref="Zxid.Zero"/> for the root tree.</param>
/// <param name="Options">The server.</param>
/// <param name="Ensemble">The servers of the ensemble.</param>
/// <param name="Use">Which trees may not be deleted.</param>
/// <param name="Liveness">Which peers are up.</param>
/// <param name="Grains">The way to the peers.</param>
/// <param name="Failures">Ends the server.</param>
/// <param name="Loggers">For loggers.</param>
internal sealed record TreeContext(
    string Tree,
    Zxid Created,
    GrainKeeperServerOptions Options,
    EnsembleDirectory Ensemble,
    TreeUse Use,
    IPeerLiveness Liveness,
    IGrainFactory Grains,
    IServerFailureHandler Failures,
    ILoggerFactory Loggers) : LocalTree(Tree, Created, Options, Ensemble, Loggers)
{
    /// <summary>Proves the origin of what the tree's links of one kind carry.</summary>
    public LinkSigner SignerOf(string kind) => new(Options.Replica.Secret, Options.ClusterId, Tree, kind);

    /// <summary>
    /// Whether a server is listened to: it belongs to the ensemble, or has passed the hello, as one that is about to be added or was removed and follows as a learner.
    /// </summary>
    public bool IsPeer(ServerId server) => server != Self && (Ensemble.Quorum.Contains(server) || Liveness.IsUp(server));
}

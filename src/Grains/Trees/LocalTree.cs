using GrainKeeper.Contracts;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Grains.Ensembles;
using GrainKeeper.Grains.Hosting;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Grains.Trees;

/// <summary>What must be known of a tree to load it on this server.</summary>
/// <param name="Tree">The tree's name.</param>
/// <param name="Created">The tree's identity; <see cref="Zxid.Zero"/> for the root tree.</param>
/// <param name="Options">The server.</param>
/// <param name="Ensemble">The servers of the ensemble.</param>
/// <param name="Loggers">For loggers.</param>
internal record LocalTree(string Tree, Zxid Created, GrainKeeperServerOptions Options, EnsembleDirectory Ensemble, ILoggerFactory Loggers)
{
    /// <summary>Where its data is.</summary>
    public string Directory { get; } = TreeDirectories.Of(Options.DataDirectory, Tree, Created);

    public ServerId Self => Options.Self;

    public bool IsRoot => Tree == TreeName.Root;
}

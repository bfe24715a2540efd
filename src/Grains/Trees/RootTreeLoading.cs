using GrainKeeper.Contracts;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Grains.Ensembles;
using GrainKeeper.Grains.Hosting;
using GrainKeeper.Grains.Replicas;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Grains.Trees;

/// <summary>The root tree's replica from the beginning of its loading until the tree is started. It needs none of what a silo has to be started for.</summary>
internal sealed class RootTreeLoading(GrainKeeperServerOptions options, EnsembleDirectory ensemble, ILoggerFactory loggers) : IServerLoading, IAsyncDisposable
{
    private readonly Lock _gate = new();
    private ReplicaLoading? _begun;
    private bool _ended;

    /// <inheritdoc/>
    public void BeginLoading()
    {
        lock (_gate)
        {
            if (!_ended)
            {
                _begun ??= new ReplicaLoading(new LocalTree(TreeName.Root, Zxid.Zero, options, ensemble, loggers));
            }
        }
    }

    /// <summary>Gives away what has begun; null when it never did, or was given away or ended before.</summary>
    public ReplicaLoading? Take()
    {
        lock (_gate)
        {
            var taken = _begun;
            (_begun, _ended) = (null, true);
            return taken;
        }
    }

    /// <summary>Lets the data go that nobody has taken.</summary>
    public ValueTask DisposeAsync() => Take()?.DisposeAsync() ?? ValueTask.CompletedTask;
}

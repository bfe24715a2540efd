using GrainKeeper.Grains.Placement;
using Orleans;
using Orleans.Concurrency;
using Orleans.GrainDirectory;

namespace GrainKeeper.Cluster.Tests.Hosting;

/// <summary>A pinned grain that says where it is.</summary>
public interface IWhereGrain : IGrainWithStringKey
{
    Task<int> Server();

    Task Wait(CancellationToken cancellationToken);
}

[PinnedToServer]
[GrainDirectory(NullGrainDirectory.Name)]
[Reentrant]
public sealed class WhereGrain(LocalServer local) : Grain, IWhereGrain
{
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        local.Claim(this.GetPrimaryKeyString());
        return Task.CompletedTask;
    }

    public Task<int> Server() => Task.FromResult(local.Id.Value);

    public Task Wait(CancellationToken cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken);
}

using GrainKeeper.Core.Quorum;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.Hosting;

namespace GrainKeeper.Grains.Placement;

/// <summary>Registers the pinning of grains to servers.</summary>
public static class PinningExtensions
{
    /// <summary>Adds <see cref="LocalServer"/>, <see cref="ServerMap"/>, the placement and the null directory to a silo.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="self">The server that this silo is; its silo name must be <c>SiloNames.Of(self)</c>.</param>
    public static ISiloBuilder AddServerPinning(this ISiloBuilder silo, ServerId self)
    {
        silo.Services.AddSingleton(new LocalServer(self));
        silo.Services.AddSingleton<ServerMap>();
        silo.Services.AddPlacementDirector<PinnedPlacement, PinnedPlacementDirector>();
        silo.AddGrainDirectory(NullGrainDirectory.Name, (_, _) => new NullGrainDirectory());
        return silo;
    }
}

using GrainKeeper.Grains.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;

namespace GrainKeeper.Cluster.Tests.Hosting;

/// <summary>Changes what the product has configured.</summary>
internal static class SiloChanges
{
    /// <summary>Changes what a server's grains know: there is no configuration key for it.</summary>
    public static void ConfigureServer(this ISiloBuilder silo, Func<GrainKeeperServerOptions, GrainKeeperServerOptions> change)
    {
        var known = silo.Services.Single(s => s.ServiceType == typeof(GrainKeeperServerOptions));
        silo.Services.Remove(known);
        silo.Services.AddSingleton(change((GrainKeeperServerOptions)known.ImplementationInstance!));
    }
}

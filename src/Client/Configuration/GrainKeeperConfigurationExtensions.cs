using Microsoft.Extensions.Configuration;

namespace GrainKeeper.Client.Configuration;

/// <summary>Adds configuration from a tree.</summary>
public static class GrainKeeperConfigurationExtensions
{
    /// <summary>Adds the nodes below a path as configuration that is read again when they change.</summary>
    /// <param name="builder">The configuration.</param>
    /// <param name="servers">Servers and chroot; see <see cref="ConnectString"/>.</param>
    /// <param name="path">The node.</param>
    /// <param name="optional">See <see cref="GrainKeeperConfigurationSource.Optional"/>.</param>
    /// <exception cref="FormatException"><paramref name="servers"/> has a wrong form.</exception>
    public static IConfigurationBuilder AddGrainKeeper(this IConfigurationBuilder builder, string servers, string path, bool optional = false) =>
        builder.Add(new GrainKeeperConfigurationSource { Client = new GrainKeeperClientOptions { Servers = ConnectString.Parse(servers) }, Path = path, Optional = optional });
}

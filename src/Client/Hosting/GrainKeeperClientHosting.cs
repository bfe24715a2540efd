using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace GrainKeeper.Client.Hosting;

/// <summary>Brings a client into a .NET host.</summary>
public static class GrainKeeperClientHosting
{
    /// <summary>The configuration section read by default.</summary>
    public const string DefaultSection = "GrainKeeper";

    /// <summary>
    /// Registers a <see cref="GrainKeeperClient"/> that is connected when the host starts, closed with it, and logs to the host's loggers. Settings come from a configuration
    /// section and are checked at the start.
    /// </summary>
    /// <param name="builder">The host's builder.</param>
    /// <param name="section">The configuration section.</param>
    /// <param name="configure">Changes what the section says.</param>
    public static IHostApplicationBuilder AddGrainKeeperClient(
        this IHostApplicationBuilder builder, string section = DefaultSection, Action<GrainKeeperClientSettings>? configure = null)
    {
        builder.Services.AddOptions<GrainKeeperClientSettings>().Bind(builder.Configuration.GetSection(section));
        builder.Services.AddGrainKeeperClient(configure);
        return builder;
    }

    /// <summary>Registers a <see cref="GrainKeeperClient"/>, as above, with settings made by code.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Makes the settings.</param>
    public static IServiceCollection AddGrainKeeperClient(this IServiceCollection services, Action<GrainKeeperClientSettings>? configure = null)
    {
        Settings(services, Options.DefaultName, configure);
        services.AddSingleton(provider => Make(provider, Options.DefaultName));
        services.AddSingleton<IHostedService>(provider => new GrainKeeperClientStart(provider.GetRequiredService<GrainKeeperClient>, () => Of(provider, Options.DefaultName)));
        return services;
    }

    /// <summary>Registers a further <see cref="GrainKeeperClient"/> under a key, for example for another tree.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="key">The key of the service, and the name of its settings.</param>
    /// <param name="configure">Makes the settings.</param>
    public static IServiceCollection AddKeyedGrainKeeperClient(this IServiceCollection services, string key, Action<GrainKeeperClientSettings> configure)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        Settings(services, key, configure);
        services.AddKeyedSingleton(key, (provider, _) => Make(provider, key));
        services.AddSingleton<IHostedService>(provider => new GrainKeeperClientStart(() => provider.GetRequiredKeyedService<GrainKeeperClient>(key), () => Of(provider, key)));
        return services;
    }

    /// <summary>Adds a health check that fails while no server is attached to the client's session.</summary>
    /// <param name="health">The health checks.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="key">The client's key, or null for the one without.</param>
    /// <param name="failureStatus">What a failure is reported as; null for unhealthy.</param>
    /// <param name="tags">The check's tags.</param>
    public static IHealthChecksBuilder AddGrainKeeper(
        this IHealthChecksBuilder health, string name = "grainkeeper", string? key = null, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null) =>
        health.Add(new HealthCheckRegistration(
            name,
            provider => new GrainKeeperHealthCheck(key is null ? provider.GetRequiredService<GrainKeeperClient>() : provider.GetRequiredKeyedService<GrainKeeperClient>(key)),
            failureStatus,
            tags));

    private static void Settings(IServiceCollection services, string name, Action<GrainKeeperClientSettings>? configure)
    {
        var settings = services.AddOptions<GrainKeeperClientSettings>(name).ValidateOnStart();
        if (configure is not null)
        {
            settings.Configure(configure);
        }

        if (!services.Any(s => s.ImplementationType == typeof(GrainKeeperClientSettingsCheck)))
        {
            services.AddSingleton<IValidateOptions<GrainKeeperClientSettings>, GrainKeeperClientSettingsCheck>();
        }
    }

    private static GrainKeeperClient Make(IServiceProvider provider, string name) =>
        GrainKeeperClient.Start(Of(provider, name).ToOptions() with
        {
            Logger = provider.GetService<ILoggerFactory>()?.CreateLogger<GrainKeeperClient>(),
            TimeProvider = provider.GetService<TimeProvider>() ?? TimeProvider.System,
            Description = provider.GetService<IHostEnvironment>()?.ApplicationName ?? "GrainKeeper.Client",
        });

    private static GrainKeeperClientSettings Of(IServiceProvider provider, string name) => provider.GetRequiredService<IOptionsMonitor<GrainKeeperClientSettings>>().Get(name);
}

using GrainKeeper.Grains.Hosting;

namespace GrainKeeper.Silo.Hosting;

/// <summary>What a host of a server may want otherwise than the product's own process.</summary>
public sealed record ServerHostOptions
{
    /// <summary>Further configuration of the silo, after all of the server's own.</summary>
    public Action<ISiloBuilder>? ConfigureSilo { get; init; }

    /// <summary>Whether the server's grains are registered; without them the silo is an empty member. Default true.</summary>
    public bool WithGrains { get; init; } = true;

    /// <summary>What ends the server when its state can no longer be trusted; null for what ends the process.</summary>
    public IServerFailureHandler? FatalErrors { get; init; }

    /// <summary>Whether the log goes to the console. Default false.</summary>
    public bool LogToConsole { get; init; }

    /// <summary>The least level that is logged. Default Information.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>Further configuration of logging.</summary>
    public Action<ILoggingBuilder>? ConfigureLogging { get; init; }

    /// <summary>Further services.</summary>
    public Action<IServiceCollection>? ConfigureServices { get; init; }
}

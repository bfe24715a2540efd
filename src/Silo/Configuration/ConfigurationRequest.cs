namespace GrainKeeper.Silo.Configuration;

/// <summary>Where to look for the configuration. Later sources win: appsettings.json, the file, the environment, the command line.</summary>
public sealed record ConfigurationRequest
{
    /// <summary>A zoo.cfg, or a .json file with a section <c>GrainKeeper</c>; null for none.</summary>
    public string? File { get; init; }

    /// <summary>The server id from the command line, or null.</summary>
    public int? Id { get; init; }

    /// <summary>Settings of the command line, each <c>key=value</c>.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>The directory of appsettings.json, or null to look for none.</summary>
    public string? AppSettingsDirectory { get; init; }

    /// <summary>Environment variables; those whose name begins with <c>GRAINKEEPER_</c> count.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}

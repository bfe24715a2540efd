namespace GrainKeeper.Silo.Configuration;

/// <summary>One key and value, and where they were found.</summary>
/// <param name="Key">The key as written.</param>
/// <param name="Value">The value as written, trimmed.</param>
/// <param name="Where">File and line, environment variable, or <c>command line</c>.</param>
internal sealed record Setting(string Key, string Value, string Where)
{
    /// <summary>The key's one spelling: environment variables cannot hold dots, and .NET configuration separates by colons.</summary>
    public string Normal { get; } = Normalize(Key);

    public static string Normalize(string key)
    {
        var normal = key.Trim().Replace("__", ".", StringComparison.Ordinal).Replace(':', '.').Replace('_', '.').ToLowerInvariant();
        return normal.StartsWith("zookeeper.", StringComparison.Ordinal) ? normal["zookeeper.".Length..] : normal;
    }
}

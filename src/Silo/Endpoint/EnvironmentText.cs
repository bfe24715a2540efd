using System.Globalization;
using System.Runtime.InteropServices;

namespace GrainKeeper.Silo.Endpoint;

/// <summary>What <c>envi</c> says. Keys that would speak of a Java machine are left out.</summary>
internal static class EnvironmentText
{
    /// <summary>The version that clients are told: they read ZooKeeper's number at its beginning.</summary>
    public static string Version { get; } = $"3.8.0-GrainKeeper-{typeof(EnvironmentText).Assembly.GetName().Version?.ToString(3) ?? "0"}, built on -";

    public static string Make()
    {
        var memory = GC.GetGCMemoryInfo();
        var used = GC.GetTotalMemory(forceFullCollection: false);
        (string Key, string Value)[] lines =
        [
            ("zookeeper.version", Version),
            ("host.name", Environment.MachineName),
            ("os.name", OperatingSystem.IsLinux() ? "Linux" : RuntimeInformation.OSDescription),
            ("os.arch", RuntimeInformation.OSArchitecture == Architecture.X64 ? "amd64" : RuntimeInformation.OSArchitecture.ToString()),
            ("os.version", Environment.OSVersion.Version.ToString()),
            ("user.name", Environment.UserName),
            ("user.home", Environment.GetFolderPath(Environment.SpecialFolder.UserProfile)),
            ("user.dir", Environment.CurrentDirectory),
            ("os.memory.free", Megabytes(memory.TotalCommittedBytes - used)),
            ("os.memory.max", Megabytes(memory.TotalAvailableMemoryBytes)),
            ("os.memory.total", Megabytes(memory.TotalCommittedBytes)),
        ];
        return "Environment:\n" + string.Concat(lines.Select(l => $"{l.Key}={l.Value}\n"));
    }

    private static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, bytes) / (1024 * 1024)}MB");
}

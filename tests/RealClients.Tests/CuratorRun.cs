using GrainKeeper.TestServers;

namespace GrainKeeper.RealClients.Tests;

/// <summary>One run of all of Curator's recipes, in one Java process.</summary>
public sealed class CuratorRun : IDisposable
{
    private const string Jars = "/usr/share/java/";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);
    private readonly SemaphoreSlim _once = new(1);
    private string? _output;

    /// <inheritdoc/>
    public void Dispose() => _once.Dispose();

    /// <summary>What the run said.</summary>
    internal async Task<string> OutputAsync(string hosts)
    {
        await _once.WaitAsync();
        try
        {
            return _output ??= await RunAsync(hosts);
        }
        finally
        {
            _once.Release();
        }
    }

    private static async Task<string> RunAsync(string hosts)
    {
        using var directory = new TemporaryDirectory();
        var classes = string.Join(':', new[]
        {
            "curator-client", "curator-framework", "curator-recipes", "curator-x-discovery", "zookeeper", "zookeeper-jute", "guava",
            "slf4j-api", "slf4j-nop", "jackson-core", "jackson-databind", "jackson-annotations",
        }.Select(j => $"{Jars}{j}.jar").Prepend(directory.Path));
        using (var compiler = ChildProcess.Start("javac", ["-cp", classes, "-d", directory.Path, Ensemble.FileOf("java", "Recipes.java")]))
        {
            Assert.True(await compiler.WaitForExitAsync(Patience) == 0, compiler.Output);
        }

        using var run = ChildProcess.Start("java", ["-XX:+UseSerialGC", "-Xmx256m", "-cp", classes, "Recipes", hosts]);
        await run.WaitForExitAsync(Patience);
        return run.Output;
    }
}

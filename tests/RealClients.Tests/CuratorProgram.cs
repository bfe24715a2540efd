using GrainKeeper.TestServers;

namespace GrainKeeper.RealClients.Tests;

/// <summary>A Java program that uses Curator, compiled and run against Debian's packages.</summary>
internal static class CuratorProgram
{
    private const string Jars = "/usr/share/java/";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);

    /// <summary>Compiles and runs it.</summary>
    /// <param name="name">Its class, in a file of that name.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>All that it has said.</returns>
    public static async Task<string> RunAsync(string name, params string[] arguments)
    {
        using var directory = new TemporaryDirectory();
        var classes = string.Join(':', new[]
        {
            "curator-client", "curator-framework", "curator-recipes", "curator-x-discovery", "zookeeper", "zookeeper-jute", "guava",
            "slf4j-api", "slf4j-nop", "jackson-core", "jackson-databind", "jackson-annotations",
        }.Select(j => $"{Jars}{j}.jar").Prepend(directory.Path));
        using (var compiler = ChildProcess.Start("javac", ["-cp", classes, "-d", directory.Path, Ensemble.FileOf("java", name + ".java")]))
        {
            Assert.True(await compiler.WaitForExitAsync(Patience) == 0, compiler.Output);
        }

        using var run = ChildProcess.Start("java", ["-XX:+UseSerialGC", "-Xmx256m", "-cp", classes, name, .. arguments]);
        await run.WaitForExitAsync(Patience);
        return run.Output;
    }
}

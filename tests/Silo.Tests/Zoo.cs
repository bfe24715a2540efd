using GrainKeeper.Silo.Configuration;

namespace GrainKeeper.Silo.Tests;

/// <summary>A configuration file of a test, in a directory of its own.</summary>
internal sealed class Zoo : IDisposable
{
    public const string Servers = "server.1=a:11:12\nserver.2=b:11:12\nserver.3=c:11:12\n";

    public Zoo(string text, string name = "zoo.cfg")
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("gk-silo-tests-").FullName;
        File = Path.Combine(Directory, name);
        System.IO.File.WriteAllText(File, text);
    }

    public string Directory { get; }

    public string File { get; }

    /// <summary>A file with three servers, of which this is the first, and the lines given from line 6 on.</summary>
    public static Zoo With(string lines) => new($"dataDir=/data\nid=1\n{Servers}{lines}");

    public ServerConfiguration Load(IEnumerable<string>? settings = null, IReadOnlyDictionary<string, string>? environment = null, int? id = null) =>
        ServerConfigurationLoader.Load(new ConfigurationRequest
        {
            File = File,
            Settings = [.. settings ?? []],
            Environment = environment ?? new Dictionary<string, string>(),
            Id = id,
        });

    public IReadOnlyList<ConfigurationProblem> Errors(IEnumerable<string>? settings = null, IReadOnlyDictionary<string, string>? environment = null, int? id = null)
    {
        var thrown = Assert.Throws<ConfigurationException>(() => Load(settings, environment, id));
        return [.. thrown.Problems.Where(p => p.IsError)];
    }

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}

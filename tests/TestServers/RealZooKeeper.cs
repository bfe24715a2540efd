using System.Globalization;
using System.Text;

namespace GrainKeeper.TestServers;

/// <summary>A single server of Debian's package <c>zookeeper</c> (3.8).</summary>
public sealed class RealZooKeeper : IDisposable
{
    private const string Jars = "/usr/share/java";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private readonly ChildProcess _process;

    private RealZooKeeper(ChildProcess process, int port)
    {
        _process = process;
        Port = port;
    }

    /// <summary>Its client port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>What it has logged.</summary>
    public string Log => _process.Output;

    /// <summary>Starts one and waits until it serves.</summary>
    /// <param name="directory">Where it keeps its configuration and, below <c>data</c>, its data.</param>
    /// <param name="properties">Java system properties.</param>
    /// <param name="settings">Further lines of its zoo.cfg.</param>
    public static async Task<RealZooKeeper> StartAsync(string directory, IEnumerable<string> properties, IEnumerable<string> settings)
    {
        if (!File.Exists(Path.Combine(Jars, "zookeeper.jar")))
        {
            throw new InvalidOperationException($"there is no {Jars}/zookeeper.jar: apt-get install zookeeper default-jdk-headless (.ci/run does)");
        }

        var port = LoopbackPorts.TakeRange(1);
        Directory.CreateDirectory(directory);
        await File.WriteAllTextAsync(Path.Combine(directory, "zoo.cfg"), Configuration(directory, port, settings));
        await File.WriteAllTextAsync(Path.Combine(directory, "log4j.properties"), """
            log4j.rootLogger=WARN, CONSOLE
            log4j.appender.CONSOLE=org.apache.log4j.ConsoleAppender
            log4j.appender.CONSOLE.layout=org.apache.log4j.PatternLayout
            log4j.appender.CONSOLE.layout.ConversionPattern=%d{ISO8601} - %-5p [%t:%C{1}] - %m%n
            """);
        var process = ChildProcess.Start("java", [
            "-Xmx512m", "-XX:+UseSerialGC", $"-Dzookeeper.log.dir={directory}", $"-Dlog4j.configuration=file:{directory}/log4j.properties",
            .. properties.Select(p => "-D" + p),
            "-cp", string.Join(':', directory, $"{Jars}/zookeeper.jar", $"{Jars}/slf4j-log4j12.jar", $"{Jars}/log4j-1.2.jar", $"{Jars}/snappy-java.jar"),
            "org.apache.zookeeper.server.quorum.QuorumPeerMain", Path.Combine(directory, "zoo.cfg"),
        ]);
        try
        {
            await FourLetterWord.WaitUntilServingAsync(port, Patience, () => process.HasExited);
            return new RealZooKeeper(process, port);
        }
        catch (Exception e)
        {
            process.Dispose();
            throw new TimeoutException($"ZooKeeper does not serve: {e.Message}\n{process.Output}", e);
        }
    }

    /// <summary>Kills it; what it has acknowledged is in its log.</summary>
    public void Dispose() => _process.Dispose();

    private static string Configuration(string directory, int port, IEnumerable<string> settings)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            tickTime=2000
            dataDir={directory}/data
            clientPort={port}
            clientPortAddress=127.0.0.1
            maxClientCnxns=0
            admin.enableServer=false
            4lw.commands.whitelist=*

            """);
        foreach (var setting in settings)
        {
            text.Append(setting).Append('\n');
        }

        return text.ToString();
    }
}

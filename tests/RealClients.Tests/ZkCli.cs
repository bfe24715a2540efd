using GrainKeeper.TestServers;

namespace GrainKeeper.RealClients.Tests;

/// <summary>ZooKeeper's command line, spoken to line by line.</summary>
internal sealed class ZkCli : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);
    private static readonly Dictionary<string, string> Environment = new() { ["CLIENT_JVMFLAGS"] = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC" };
    private readonly ChildProcess _client;
    private int _next;

    private ZkCli(ChildProcess client) => _client = client;

    public static ZkCli Start(string hosts, params string[] options) => new(ChildProcess.Start(
        "/bin/sh", ["-c", "exec /usr/share/zookeeper/bin/zkCli.sh \"$@\" 2>&1", "zkCli.sh", .. options, "-server", hosts], environment: Environment));

    /// <summary>Waits until it is connected.</summary>
    /// <param name="state"><c>SyncConnected</c> or <c>ConnectedReadOnly</c>.</param>
    public Task ConnectedAsync(string state) => HeardAsync(l => l.Contains($"state:{state} type:None", StringComparison.Ordinal));

    /// <summary>Gives a command, and waits for a line that contains a text.</summary>
    public async Task ExpectAsync(string command, string text)
    {
        await _client.SayAsync(command);
        await HeardAsync(l => l.Contains(text, StringComparison.Ordinal) && !l.Contains(command, StringComparison.Ordinal));
    }

    /// <summary>Gives commands, the last of which ends it.</summary>
    /// <returns>All that it said.</returns>
    public async Task<string> FinishAsync(string script)
    {
        await _client.SayAsync(script);
        await _client.WaitForExitAsync(Patience);
        return _client.Output;
    }

    public void Dispose() => _client.Dispose();

    private async Task HeardAsync(Func<string, bool> matches) => (_, _next) = await _client.WaitForLineAsync(matches, Patience, _next);
}

using System.Text.RegularExpressions;
using GrainKeeper.TestServers;

namespace GrainKeeper.RealClients.Tests;

/// <summary>Debian's kazoo: one case for each test of kazoo/suite.py.</summary>
[Collection(EnsembleCollection.Name)]
public sealed partial class KazooTests(Ensemble ensemble)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(240);

    public static TheoryData<string> Names =>
        [.. TestName().Matches(File.ReadAllText(Ensemble.FileOf("kazoo", "suite.py"))).Select(m => m.Groups["name"].Value)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Kazoo(string test)
    {
        using var client = ChildProcess.Start("/usr/bin/python3", [Ensemble.FileOf("kazoo", "suite.py"), ensemble.Servers.Hosts, test]);
        int? killed = null;
        if (test.Contains("death_of_its_server", StringComparison.Ordinal))
        {
            var (line, _) = await client.WaitForLineAsync(l => l.StartsWith("KILL ", StringComparison.Ordinal), Patience);
            killed = ensemble.KillServerAt(line["KILL ".Length..]);
            await client.SayAsync("dead");
        }

        var code = await client.WaitForExitAsync(Patience);

        Assert.True(code == 0, client.Output);
        Assert.Contains("ok " + test, client.Output, StringComparison.Ordinal);
        if (killed is { } server)
        {
            await ensemble.Servers.WaitUntilServingAsync(server);
        }
    }

    [GeneratedRegex(@"^def test_(?<name>\w+)\(", RegexOptions.Multiline)]
    private static partial Regex TestName();
}

using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using GrainKeeper.Client;
using GrainKeeper.Process.Tests.Harness;

namespace GrainKeeper.Process.Tests;

/// <summary>The programs in <c>samples</c>, as their READMEs say.</summary>
public sealed class SampleTests
{
    private const string Password = "super:sample";
    private const string Digest = "super:V6I7+ANKz0BEtOP2zVSypm3DkwA=";
    private const int Items = 30;

    [Fact]
    public async Task Samples_do_what_they_say_also_while_the_leader_dies()
    {
        await using var ensemble = new Ensemble(3, "clusterId=grainkeeper", "DigestAuthenticationProvider.superDigest=" + Digest);
        var leader = await ensemble.StartAllAsync();
        var transfers = TransferAsync(ensemble);
        var workers = WorkersAsync(ensemble);
        var service = ServiceAsync(ensemble);
        await transfers;
        await ensemble.KillAsync(leader);
        await Task.WhenAll(workers, service);
    }

    private static async Task TransferAsync(Ensemble ensemble)
    {
        (string, string)[] environment = [("GK_SERVER", Servers(ensemble)), ("GK_AUTH", "digest:" + Password)];
        await Task.WhenAll(RunAsync("Transfer", ["open", "north/alice", "100"], environment), RunAsync("Transfer", ["open", "south/bob", "0"], environment));
        await Task.WhenAll(
            RunAsync("Transfer", ["move", "north/alice", "south/bob", "5", "4"], environment), RunAsync("Transfer", ["move", "south/bob", "north/alice", "0", "4"], environment));

        // Trees carry a decision out a moment after it is told.
        var shown = string.Empty;
        await Until.TrueAsync(
            async () => (shown = await RunAsync("Transfer", ["show", "north/alice", "south/bob"], environment)).Contains("north/alice: 80", StringComparison.Ordinal)
                && shown.Contains("south/bob: 20", StringComparison.Ordinal),
            "four times 5 are moved", 90, () => shown);
    }

    private static async Task WorkersAsync(Ensemble ensemble)
    {
        var stock = Path.Combine(ensemble.Root, "stock.txt");
        string[] arguments = ["--GrainKeeper:Servers", Servers(ensemble), "--items", $"{Items}", "--stock", stock];
        await Task.WhenAll(RunAsync("LockingWorker", arguments), RunAsync("LockingWorker", arguments));
        Assert.StartsWith(string.Create(CultureInfo.InvariantCulture, $"{2 * Items} "), await File.ReadAllTextAsync(stock));
    }

    private static async Task ServiceAsync(Ensemble ensemble)
    {
        using var http = new HttpClient();
        var first = FreePorts.TakeRow(2);
        int[] ports = [first, first + 1];
        var instances = ports.Select(p => ServerProgram.Start(Program("ElectedService"), ["--urls", AddressOf(p), "--GrainKeeper:Servers", Servers(ensemble)])).ToArray();
        try
        {
            string Tails() => string.Join(Environment.NewLine, instances.Select(i => i.Tail).Append(ensemble.Tails));
            var shown = Array.Empty<JsonElement>();
            await Until.TrueAsync(
                async () => (shown = await ShownAsync(http, ports)).Count(s => s.GetProperty("leads").GetBoolean()) == 1 && shown.Select(Leader).Distinct().Count() == 1, "one instance leads", 90, Tails);

            await using var client = await GrainKeeperClient.ConnectAsync(ensemble.ClientOfAll() with { ClusterId = "grainkeeper" });
            foreach (var path in new[] { "/elected/settings", "/elected/settings/Greeting" })
            {
                await client.CreateAsync(path);
            }

            await client.CreateAsync("/elected/settings/Greeting/Text", "good morning"u8.ToArray());
            await Until.TrueAsync(
                async () => (shown = await ShownAsync(http, ports)).Count(s => s.GetProperty("greeting").GetString() == "good morning") == 2 && shown.Count(s => s.GetProperty("leads").GetBoolean()) == 1,
                "both instances have the new setting", 90, Tails);

            var old = Array.FindIndex(shown, s => s.GetProperty("leads").GetBoolean());
            var token = TokenOf(shown[old]);
            Assert.Equal(0, await instances[old].StopAsync(Signals.Interrupt, 90));
            await Until.TrueAsync(
                async () => (shown = await ShownAsync(http, ports[1 - old])) is [var s] && s.GetProperty("leads").GetBoolean(), "the other instance leads", 90, Tails);
            Assert.True(TokenOf(shown[0]) > token, $"token 0x{TokenOf(shown[0]):x} after 0x{token:x}");
            await Until.TrueAsync(() => IsHealthyAsync(http, ports[1 - old]), "it is healthy", 90, Tails);
        }
        finally
        {
            Array.ForEach(instances, i => i.Dispose());
        }
    }

    private static async Task<JsonElement[]> ShownAsync(HttpClient http, params int[] ports)
    {
        try
        {
            return await Task.WhenAll(ports.Select(p => http.GetFromJsonAsync<JsonElement>(AddressOf(p))));
        }
        catch (HttpRequestException)
        {
            // It does not listen yet.
            return [];
        }
    }

    private static async Task<bool> IsHealthyAsync(HttpClient http, int port)
    {
        using var answer = await http.GetAsync(new Uri(AddressOf(port) + "/health"));
        return answer.IsSuccessStatusCode;
    }

    private static string? Leader(JsonElement shown) => shown.GetProperty("leader").GetString();

    private static long TokenOf(JsonElement shown) => long.Parse(shown.GetProperty("token").GetString()!, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static async Task<string> RunAsync(string sample, string[] arguments, params (string, string)[] environment)
    {
        using var program = ServerProgram.Start(Program(sample), arguments, environment: environment);
        Assert.True(await program.WaitForExitAsync(180) == 0, program.Output);
        return program.Output;
    }

    private static string AddressOf(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");

    private static string Servers(Ensemble ensemble) => string.Join(',', ensemble.Ids.Select(n => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{ensemble.GatewayPort(n)}")));

    /// <summary>The built program of a sample: as these tests, below the folder of its project.</summary>
    private static string Program(string sample)
    {
        var built = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        return Path.Combine(built.FullName, "../../../../../samples", sample, "bin", built.Parent!.Name, built.Name, "GrainKeeper.Samples." + sample);
    }
}

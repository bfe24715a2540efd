using System.Text.Json;
using GrainKeeper.Client;
using GrainKeeper.Client.Tests;

namespace GrainKeeper.Console.Tests;

/// <summary>Looking at the data directory of a server, beside it and after its end.</summary>
public sealed class DataDirectoryTests : IAsyncLifetime
{
    private TestSilo _silo = null!;

    public async Task InitializeAsync() => _silo = await TestSilo.StartNewAsync();

    public async Task DisposeAsync() => await _silo.DisposeAsync();

    [Fact]
    public async Task Segments_and_entries_are_shown_beside_the_server_and_damage_is_found()
    {
        await using (var client = await GrainKeeperClient.ConnectAsync(_silo.ClientOptions))
        {
            await client.CreateAsync("/a", "secret"u8.ToArray());
            await client.MultiAsync([new TreeOperation.Create("/a/b", default), new TreeOperation.Create("/c", default)]);
            Assert.Equal(0, (await Gk.RunAsync(["log", "list", _silo.DataDirectory])).Code);
            await client.SetDataAsync("/a", default);
        }

        await _silo.StopAsync();
        var (code, output, error) = await Gk.RunAsync(["log", "show", _silo.DataDirectory, "--path", "/a", "-o", "json"]);
        Assert.Equal((0, string.Empty), (code, error));
        Assert.DoesNotContain("secret", output, StringComparison.Ordinal);
        using (var shown = JsonDocument.Parse(output))
        {
            Assert.Equal(["create2", "multi", "setData"], shown.RootElement.EnumerateArray().Select(e => e.GetProperty("operation").GetString()));
            Assert.Equal(["/a/b", "/c"], shown.RootElement[1].GetProperty("paths").EnumerateArray().Select(p => p.GetString()));
            var zxid = shown.RootElement[1].GetProperty("zxid").GetString()!;
            (code, output, error) = await Gk.RunAsync(["log", "show", _silo.DataDirectory, "--until", zxid, "-n", "1"]);
            Assert.Equal(0, code);
            Assert.Contains(zxid, output, StringComparison.Ordinal);
            Assert.Contains("earlier entries are not shown", error, StringComparison.Ordinal);
        }

        (code, output, error) = await Gk.RunAsync(["log", "list", _silo.DataDirectory, "-o", "json"]);
        Assert.Equal((0, string.Empty), (code, error));
        using (var listed = JsonDocument.Parse(output))
        {
            var segment = listed.RootElement[0];
            Assert.Equal(("segment 1", "sound"), (segment.GetProperty("holds").GetString(), segment.GetProperty("state").GetString()));
            Damage(segment.GetProperty("file").GetString()!);
        }

        (code, output, error) = await Gk.RunAsync(["log", "list", _silo.DataDirectory]);
        Assert.Equal(1, code);
        Assert.Contains("damaged", output, StringComparison.Ordinal);
        Assert.Contains("offset 64", error, StringComparison.Ordinal);
        Assert.Equal(1, (await Gk.RunAsync(["log", "show", _silo.DataDirectory])).Code);
    }

    [Fact]
    public async Task What_cannot_be_looked_at_is_named()
    {
        Assert.Equal(0, (await Gk.RunAsync(_silo, ["ls"])).Code);
        Assert.Equal(2, (await Gk.RunAsync(["log", "list", "/nowhere"])).Code);
        var (code, _, error) = await Gk.RunAsync(["--tree", "orders", "log", "show", _silo.DataDirectory]);
        Assert.Equal((2, $"gk: {_silo.DataDirectory} holds no tree 'orders', but root: name one with --tree\n"), (code, error));
        Assert.Equal(2, (await Gk.RunAsync(["log", "show", _silo.DataDirectory, "--from", "x"])).Code);
    }

    private static void Damage(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
        stream.Position = 64 + 24;
        var value = stream.ReadByte();
        stream.Position--;
        stream.WriteByte((byte)(value ^ 1));
    }
}

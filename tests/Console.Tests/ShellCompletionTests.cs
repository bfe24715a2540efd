using GrainKeeper.Client;

namespace GrainKeeper.Console.Tests;

/// <summary>The completion scripts in the shells that they are for, each at a terminal of its own, as somebody types.</summary>
public sealed class ShellCompletionTests(SharedSilo silo) : IClassFixture<SharedSilo>
{
    [Theory]
    [InlineData("bash", "bash --norc --noprofile", "source <(gk completion bash)")]
    [InlineData("zsh", "zsh -f", "source <(gk completion zsh)")]
    [InlineData("fish", "fish --no-config", "gk completion fish | source")]
    public async Task A_shell_completes_commands_options_and_paths(string name, string command, string source)
    {
        var servers = await silo.NewChrootAsync();
        await using var client = await GrainKeeperClient.ConnectAsync(silo.Options(servers));
        foreach (var path in new[] { "/shop", "/shop/config", "/shop/host:4", "/shop/host:4/x=1", "/shop/ziel-ä", "/evil", "/evil/good", "/evil/<(id>stolen)", "/evil/;id>stolen;" })
        {
            await client.CreateAsync(path);
        }

        await using var shell = await TerminalShell.StartAsync(name, command, source, servers);
        Assert.Equal("<tx><resolve>", await shell.TypeAsync("gk tx res\t"));
        Assert.Equal("<status><--all-trees>", await shell.TypeAsync("gk status --al\t"));
        Assert.Equal("<tx><resolve>", await shell.TypeAsync("  A=1 gk tx res\t"));
        Assert.Equal("<trees><create>", await shell.TypeAsync("echo gk x; gk trees c\t"));
        Assert.Equal("<tx><resolve>", await shell.TypeAsync($"{shell.Program} tx res\t"));
        Assert.Equal("<tx><res>", await shell.TypeAsync("gk tx res"));

        const string Options = "gk --timeout 60 --cluster client-tests";
        Assert.Equal("<--timeout><60><--cluster><client-tests><get></shop/config>", await shell.TypeAsync($"{Options} get /sh\tcon\t"));
        Assert.Equal("<--timeout><60><--cluster><client-tests><get></shop/host:4/x=1>", await shell.TypeAsync($"{Options} get /sh\tho\tx\t"));
        Assert.Equal("<--timeout><60><--cluster><client-tests><get></shop/ziel-ä><-s>", await shell.TypeAsync($"{Options} get /shop/z\t-s"));
        Assert.Equal("<--timeout><60><--cluster><client-tests><get></evil/good>", await shell.TypeAsync($"{Options} get /evil/\t"));
        Assert.Empty(Directory.EnumerateFiles(shell.Home, "stolen"));
    }
}

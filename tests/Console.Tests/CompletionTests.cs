namespace GrainKeeper.Console.Tests;

public sealed class CompletionTests
{
    [Theory]
    [InlineData("sta", "stat|status")]
    [InlineData("tx r", "resolve|run")]
    [InlineData("status --al", "--all-trees")]
    [InlineData("lab run -o ", "json|text")]
    [InlineData("get /", "/")]
    public async Task Commands_options_and_values_are_completed(string line, string words)
    {
        // Nobody listens on port 1, so no path of a node is found.
        Environment.SetEnvironmentVariable("GK_SERVER", "127.0.0.1:1");
        var (code, output, _) = await Gk.RunAsync([$"[suggest:{line.Length}]", line]);
        Assert.Equal(0, code);
        Assert.Equal(words.Split('|').Where(w => w != "/"), output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Each_shell_has_a_script()
    {
        foreach (var shell in new[] { "bash", "zsh", "fish", "pwsh" })
        {
            var (code, script, error) = await Gk.RunAsync(["completion", shell]);
            Assert.Equal((0, string.Empty), (code, error));
            Assert.Contains("[suggest:", script, StringComparison.Ordinal);
        }

        Assert.Equal(2, (await Gk.RunAsync(["completion", "csh"])).Code);
    }
}

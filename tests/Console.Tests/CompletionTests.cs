using System.Diagnostics;

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

    [Fact]
    public async Task Bash_completes()
    {
        var script = $$"""
            gk() { dotnet '{{Path.Combine(AppContext.BaseDirectory, "gk.dll")}}' "$@"; }
            source <(gk completion bash)
            COMP_LINE='gk trees c'; COMP_POINT=10; COMP_WORDS=(gk trees c); COMP_CWORD=2
            _gk_complete
            echo "${COMPREPLY[*]}"
            complete -p gk
            """;
        using var bash = Process.Start(new ProcessStartInfo("bash", ["--norc", "-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = await bash.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal("create\ncomplete -F _gk_complete gk\n", output);
    }
}

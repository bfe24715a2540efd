using System.Text;
using System.Text.Json;
using GrainKeeper.Console.Commands;

namespace GrainKeeper.Client.Tests;

public sealed class LabCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gk-lab-").FullName;

    [Fact]
    public async Task List_names_the_scenarios_and_show_prints_one_that_runs()
    {
        var (code, list, _) = await RunAsync(["lab", "list"]);
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("five-servers       Five servers start one after another", list, StringComparison.Ordinal);

        var (shown, text, _) = await RunAsync(["lab", "show", "five-servers"]);
        Assert.Equal(ExitCode.Ok, shown);
        var file = Path.Combine(_folder, "mine.lab");
        await File.WriteAllTextAsync(file, text);
        var (run, own, _) = await RunAsync(["lab", "run", file]);
        var (_, builtIn, _) = await RunAsync(["lab", "run", "five-servers"]);
        Assert.Equal(ExitCode.Ok, run);
        Assert.Equal(builtIn.Replace("[five-servers,", "[mine,", StringComparison.Ordinal), own);
    }

    [Fact]
    public async Task Run_tells_the_story_and_writes_a_page()
    {
        var page = Path.Combine(_folder, "story.html");
        var (code, text, error) = await RunAsync(["lab", "run", "2pc-commit", "--seed", "3", "--html", page]);
        Assert.Equal((ExitCode.Ok, ""), (code, error));
        Assert.Contains("coordinator → a b c: Prepare", text, StringComparison.Ordinal);
        Assert.EndsWith("of virtual time\n", text, StringComparison.Ordinal);
        Assert.Contains("seed 3", await File.ReadAllTextAsync(page), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_person_reads_the_same_words()
    {
        var (code, text, _) = await RunAsync(["lab", "run", "2pc-commit"], interactive: true);
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("coordinator → a b c: Prepare", text, StringComparison.Ordinal);
        Assert.Contains("expect caller t1 committed", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_holds_every_event()
    {
        var (_, text, _) = await RunAsync(["lab", "run", "2pc-abort", "--output", "json"]);
        using var story = JsonDocument.Parse(text);
        Assert.True(story.RootElement.GetProperty("holds").GetBoolean());
        Assert.Contains(story.RootElement.GetProperty("events").EnumerateArray(), e => e.GetProperty("event").GetString() == "sent" && e.GetProperty("label").GetString() == "Prepare");
    }

    [Fact]
    public async Task Step_waits_for_enter_between_steps_and_goes_on_when_the_input_ends()
    {
        var (_, whole, _) = await RunAsync(["lab", "run", "2pc-commit"]);
        var (code, text, error) = await RunAsync(["lab", "run", "2pc-commit", "--step"], "\n");
        Assert.Equal((ExitCode.Ok, whole), (code, text));
        Assert.Equal(2, error.Split("-- Enter").Length - 1);
    }

    [Fact]
    public async Task An_expectation_that_does_not_hold_ends_with_1()
    {
        var file = await WriteAsync("title t\nservers 3\nstart 1\nexpect leader 1\n");
        var (code, text, _) = await RunAsync(["lab", "run", file]);
        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains("✗ expect leader 1: no server leads (line 4)", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scenario_that_cannot_be_read_ends_with_2_and_names_its_line()
    {
        var file = await WriteAsync("title t\nservers 3\nstart 4\n");
        var (code, text, error) = await RunAsync(["lab", "run", file]);
        Assert.Equal((ExitCode.Usage, ""), (code, text));
        Assert.Equal($"gk: {file}: line 3: '4' is no process of this scenario: choose among 1, 2, 3\n", error);
    }

    [Fact]
    public async Task A_file_that_is_too_long_is_not_read_to_its_end()
    {
        var (code, _, error) = await RunAsync(["lab", "run", "/dev/zero"]);
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("more than 65536 bytes: split the scenario", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run", "nothing-of-this-name", "neither a built-in scenario")]
    [InlineData("show", "nothing-of-this-name", "'gk lab list' lists them")]
    public async Task An_unknown_name_ends_with_2(string verb, string name, string message)
    {
        var (code, _, error) = await RunAsync(["lab", verb, name]);
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<string> WriteAsync(string text)
    {
        var file = Path.Combine(_folder, "scenario.lab");
        await File.WriteAllTextAsync(file, text);
        return file;
    }

    private static async Task<(int Code, string Out, string Error)> RunAsync(string[] args, string input = "", bool interactive = false)
    {
        using var output = new MemoryStream();
        using var error = new StringWriter { NewLine = "\n" };
        var terminal = new Terminal(() => new MemoryStream(Encoding.UTF8.GetBytes(input)), output, error, interactive);
        var code = await GkConsole.RunAsync(args, terminal, CancellationToken.None);
        return (code, Encoding.UTF8.GetString(output.ToArray()), error.ToString());
    }
}

using System.CommandLine;
using System.Text;
using GrainKeeper.Core;
using GrainKeeper.Lab;
using GrainKeeper.Lab.Rendering;
using GrainKeeper.Lab.Running;
using GrainKeeper.Lab.Scenarios;
using GrainKeeper.Lab.Stories;

namespace GrainKeeper.Console.Commands;

/// <summary>The commands of the laboratory, which need no ensemble: scenarios are run on the cores, in virtual time.</summary>
internal static class LabCommand
{
    internal static Command Make(CommandContext context) => new("lab", "Tell scenarios of elections, broadcast and atomic commit, run in virtual time without any server")
    {
        List(context),
        Show(context),
        Run(context),
    };

    private static Command List(CommandContext context)
    {
        var command = new Command("list", "List the built-in scenarios, in the order of a course");
        command.SetAction(_ =>
        {
            foreach (var name in BuiltInScenarios.Names)
            {
                context.Terminal.Line($"{name,-18} {BuiltInScenarios.Load(name).Title}");
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Show(CommandContext context)
    {
        var name = new Argument<string>("name") { Description = "The scenario" };
        var command = new Command("show", "Print a built-in scenario's file, to be changed and run") { name };
        command.SetAction(parsed =>
        {
            var text = BuiltInScenarios.Text(parsed.GetValue(name)!)
                ?? throw new UsageException($"there is no scenario '{parsed.GetValue(name)}': 'gk lab list' lists them");
            context.Terminal.Bytes(Encoding.UTF8.GetBytes(text));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Run(CommandContext context)
    {
        var name = new Argument<string>("scenario") { Description = "A built-in scenario's name, or a scenario file" };
        var seed = new Option<long>("--seed") { Description = "Fixes how long messages and writes to disk take; the same seed tells the same story", DefaultValueFactory = _ => 1 };
        var step = new Option<bool>("--step") { Description = "Wait for Enter after each step" };
        var html = new Option<string?>("--html") { Description = "Write the story with a sequence chart as one HTML page into this file" };
        var output = new Option<string>("--output", "-o") { Description = "How to print the story: text or json", DefaultValueFactory = _ => "text" };
        output.AcceptOnlyFromAmong("text", "json");
        var command = new Command("run", "Run a scenario and tell what happens. Ends with 1 unless all its expectations hold") { name, seed, step, html, output };
        command.SetAction(async (parsed, token) =>
        {
            var story = await TellAsync(parsed.GetValue(name)!, parsed.GetValue(seed), token);
            if (parsed.GetValue(html) is { } file)
            {
                await File.WriteAllTextAsync(file, HtmlStory.Whole(story), token);
            }

            await PrintAsync(context.Terminal, story, parsed.GetValue(output) == "json", parsed.GetValue(step), token);
            return story.Holds ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    private static async Task<Story> TellAsync(string name, long seed, CancellationToken token)
    {
        try
        {
            var text = BuiltInScenarios.Text(name) ?? await ReadAsync(name, token);
            return Laboratory.Run(ScenarioParser.Parse(Path.GetFileNameWithoutExtension(name), text), seed);
        }
        catch (Exception e) when (e is ScenarioException or StoryTooLongException)
        {
            throw new UsageException($"{name}: {e.Message}");
        }
        catch (Exception e) when (e is InvariantViolationException or PropertyViolatedException)
        {
            throw new IOException($"{name}, seed {seed}: a protocol broke its promise, which is a defect; please report it with the scenario: {e.Message}", e);
        }
    }

    private static async Task<string> ReadAsync(string name, CancellationToken token)
    {
        var file = new FileInfo(name);
        if (!file.Exists)
        {
            throw new UsageException($"'{name}' is neither a built-in scenario ('gk lab list' lists them) nor a file");
        }

        // One byte more than allowed tells a file that is too long, and a device never ends.
        var bytes = new byte[Scenario.MaxBytes + 1];
        await using var stream = file.OpenRead();
        var length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, token);
        return length <= Scenario.MaxBytes
            ? Encoding.UTF8.GetString(bytes, 0, length)
            : throw new UsageException($"{name} has more than {Scenario.MaxBytes} bytes: split the scenario");
    }

    private static async Task PrintAsync(Terminal terminal, Story story, bool json, bool stepwise, CancellationToken token)
    {
        if (json)
        {
            terminal.Line(JsonStory.Whole(story));
            return;
        }

        using var input = new StreamReader(stepwise ? terminal.In() : Stream.Null);
        terminal.Line(TextStory.Head(story));
        foreach (var step in TextStory.Steps(story))
        {
            terminal.Styled(step, StyleOf);
            if (stepwise)
            {
                await terminal.Error.WriteAsync("-- Enter for the next step --");
                stepwise = await input.ReadLineAsync(token) is not null;
            }
        }

        terminal.Line("\n" + TextStory.End(story).TrimEnd());
    }

    private static string StyleOf(string line) => line switch
    {
        ['▌', ..] => "bold",
        [' ', ' ', '✓', ..] => "green",
        [' ', ' ', '✗', ..] => "bold red",
        [' ', ' ', '>', ..] => "grey",
        _ when line.Contains("!! ", StringComparison.Ordinal) => "bold red",
        _ when line.Contains('✗', StringComparison.Ordinal) => "red",
        _ when line.Contains(" is ", StringComparison.Ordinal) && !line.Contains('→', StringComparison.Ordinal) => "yellow",
        _ => "default",
    };
}

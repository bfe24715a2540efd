using System.CommandLine;
using System.Globalization;
using GrainKeeper.Console.Commands;
using Spectre.Console;

namespace GrainKeeper.Console.Live;

/// <summary>The command that shows all the time what every server is doing.</summary>
internal static class TopCommand
{
    internal static Command Make(CommandContext context)
    {
        var all = new Option<bool>("--all-trees", "-a") { Description = "All trees, instead of the one of --tree" };
        var interval = new Option<double>("--interval", "-i") { Description = "Seconds between looks, 0.2 to 60", DefaultValueFactory = _ => 1 };
        var once = new Option<bool>("--once") { Description = "Print it once, with the rates of one interval, and end" };
        var output = OutputFormat.Make();
        var command = new Command("top", "Show every server live: role, zxid, lag, sessions, rates and latencies; q or Ctrl-C ends") { all, interval, once, output };
        command.SetAction(async (parsed, token) =>
        {
            var seconds = parsed.GetValue(interval);
            if (seconds is not (>= 0.2 and <= 60))
            {
                throw new UsageException($"--interval {seconds.ToString(CultureInfo.InvariantCulture)}: give 0.2 to 60 seconds");
            }

            var sampler = new TopSampler(context.ClientOptions(parsed), parsed.GetValue(all), context.Patience(parsed));
            if (parsed.GetValue(once) || OutputFormat.IsJson(parsed, output))
            {
                return await OnceAsync(context, sampler, TimeSpan.FromSeconds(seconds), OutputFormat.IsJson(parsed, output), token);
            }

            return context.Terminal.Interactive && context.Terminal.HasKeyboard
                ? await LiveAsync(sampler, TimeSpan.FromSeconds(seconds), token)
                : throw new UsageException("nobody reads a screen here: add --once");
        });
        return command;
    }

    private static async Task<int> OnceAsync(CommandContext context, TopSampler sampler, TimeSpan interval, bool json, CancellationToken token)
    {
        await sampler.LookAsync(token);
        await Task.Delay(interval, token);
        var sample = await sampler.LookAsync(token);
        if (json)
        {
            context.Terminal.Json(sample.Rows);
        }
        else
        {
            context.Terminal.Table(TopTable.Make(sample));
        }

        return sample.AllTreesServe ? ExitCode.Ok : ExitCode.Failed;
    }

    private static async Task<int> LiveAsync(TopSampler sampler, TimeSpan interval, CancellationToken token)
    {
        var sample = await sampler.LookAsync(token);
        await AnsiConsole.Live(TopTable.Make(sample)).AutoClear(false).StartAsync(async live =>
        {
            while (!await IsEndedAsync(interval, token))
            {
                sample = await sampler.LookAsync(token);
                live.UpdateTarget(TopTable.Make(sample));
            }
        });
        return ExitCode.Ok;
    }

    private static async Task<bool> IsEndedAsync(TimeSpan interval, CancellationToken token)
    {
        try
        {
            for (var left = interval; left > TimeSpan.Zero; left -= TimeSpan.FromMilliseconds(50))
            {
                while (System.Console.KeyAvailable)
                {
                    if (System.Console.ReadKey(intercept: true).Key is ConsoleKey.Q or ConsoleKey.Escape)
                    {
                        return true;
                    }
                }

                await Task.Delay(50, token);
            }

            return token.IsCancellationRequested;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }
}

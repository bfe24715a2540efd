using System.CommandLine;
using System.Globalization;
using GrainKeeper.Client;

namespace GrainKeeper.Benchmarks.Trees;

/// <summary>The command line of the benchmark of trees.</summary>
internal static class TreesCommand
{
    public static RootCommand Create()
    {
        var servers = new Option<string>("--servers") { Description = "The servers' gateways: host:port,host:port", Required = true };
        var credentials = new Option<string>("--credentials") { Description = "The administrator who creates missing trees: user:password", Required = true };
        var trees = new Option<int>("--trees") { Description = "Trees over which the sessions are spread", DefaultValueFactory = _ => 1 };
        var sessions = new Option<int>("--sessions") { Description = "Sessions in all", DefaultValueFactory = _ => 16 };
        var pipeline = new Option<int>("--pipeline") { Description = "Requests in flight of each session", DefaultValueFactory = _ => 32 };
        var size = new Option<int>("--size") { Description = "Bytes of a value", DefaultValueFactory = _ => 128 };
        var warmup = new Option<double>("--warmup") { Description = "Seconds before the measurement", DefaultValueFactory = _ => 3 };
        var seconds = new Option<double>("--seconds") { Description = "Seconds measured", DefaultValueFactory = _ => 3 };
        var processes = new Option<string>("--pids") { Description = "Server processes whose processor time is read, with commas", DefaultValueFactory = _ => string.Empty };
        var command = new RootCommand("Sets values in several trees at once, by the native client, and prints one line of JSON.")
        {
            servers, credentials, trees, sessions, pipeline, size, warmup, seconds, processes,
        };
        command.SetAction((parse, cancellationToken) => TreesBenchmark.RunAsync(
            new TreesOptions(
                ConnectString.Parse(parse.GetValue(servers)!),
                parse.GetValue(credentials)!,
                parse.GetValue(trees),
                parse.GetValue(sessions),
                parse.GetValue(pipeline),
                parse.GetValue(size),
                TimeSpan.FromSeconds(parse.GetValue(warmup)),
                TimeSpan.FromSeconds(parse.GetValue(seconds)),
                [.. parse.GetValue(processes)!.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(p => int.Parse(p, CultureInfo.InvariantCulture))]),
            Console.Out,
            cancellationToken));
        return command;
    }
}

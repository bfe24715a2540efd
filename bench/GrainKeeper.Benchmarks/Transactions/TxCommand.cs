using System.CommandLine;
using System.Globalization;
using GrainKeeper.Client;
using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Benchmarks.Transactions;

/// <summary>The command line of the benchmark of transactions.</summary>
internal static class TxCommand
{
    public static RootCommand Create()
    {
        var servers = new Option<string?>("--servers") { Description = "Gateways of running servers, host:port,host:port; without it three are started" };
        var credentials = new Option<string>("--credentials") { Description = "With --servers: the administrator who creates missing trees: user:password", DefaultValueFactory = _ => TxEnsemble.Credentials };
        var processes = new Option<string>("--pids") { Description = "With --servers: their processes, whose processor time is read, with commas", DefaultValueFactory = _ => string.Empty };
        var port = new Option<int>("--base-port") { Description = "The first of the 210 ports of the servers that are started", DefaultValueFactory = _ => 21_500 };
        var protocols = new Option<string>("--protocols") { Description = "Protocols, with commas", DefaultValueFactory = _ => "TwoPhase,ThreePhase,PaxosCommit" };
        var participants = new Option<string>("--participants") { Description = "Numbers of participants, with commas", DefaultValueFactory = _ => "2,5" };
        var clients = new Option<string>("--clients") { Description = "Numbers of transactions at once, with commas", DefaultValueFactory = _ => "1,16" };
        var slow = new Option<string>("--slow") { Description = "By how many ms one participant's vote is late, with commas; 0 for none. Others need servers that this benchmark has started", DefaultValueFactory = _ => "0,20" };
        var size = new Option<int>("--size") { Description = "Bytes of a value", DefaultValueFactory = _ => 128 };
        var warmup = new Option<double>("--warmup") { Description = "Seconds before each row's measurement", DefaultValueFactory = _ => 2 };
        var seconds = new Option<double>("--seconds") { Description = "Seconds measured for each row", DefaultValueFactory = _ => 5 };
        var command = new RootCommand("Runs transactions over several trees by each protocol; prints a line of JSON for each row, then a table.")
        {
            servers, credentials, processes, port, protocols, participants, clients, slow, size, warmup, seconds,
        };
        command.SetAction(async (parse, cancellationToken) =>
        {
            using var own = parse.GetValue(servers) is null ? await TxEnsemble.StartAsync(parse.GetValue(port), cancellationToken) : null;
            return await TxBenchmark.RunAsync(
                new TxOptions(
                    own?.Servers ?? ConnectString.Parse(parse.GetValue(servers)!),
                    own?.Processes ?? Numbers(parse.GetValue(processes)!),
                    parse.GetValue(credentials)!,
                    [.. parse.GetValue(protocols)!.Split(',').Select(p => Enum.Parse<CommitProtocol>(p, ignoreCase: true))],
                    Numbers(parse.GetValue(participants)!),
                    Numbers(parse.GetValue(clients)!),
                    Numbers(parse.GetValue(slow)!),
                    parse.GetValue(size),
                    TimeSpan.FromSeconds(parse.GetValue(warmup)),
                    TimeSpan.FromSeconds(parse.GetValue(seconds))),
                Console.Out,
                cancellationToken);
        });
        return command;
    }

    private static List<int> Numbers(string text) => [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(p => int.Parse(p, CultureInfo.InvariantCulture))];
}

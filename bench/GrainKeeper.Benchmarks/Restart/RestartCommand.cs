using System.CommandLine;

namespace GrainKeeper.Benchmarks.Restart;

/// <summary>The command line of the restart benchmark.</summary>
internal static class RestartCommand
{
    public static RootCommand Create()
    {
        var nodes = new Option<int>("--nodes") { Description = "Nodes in the snapshot", DefaultValueFactory = _ => 1_000_000 };
        var bytes = new Option<int>("--bytes") { Description = "Bytes of data of each node", DefaultValueFactory = _ => 128 };
        var tail = new Option<int>("--tail") { Description = "Transactions in the log after the snapshot", DefaultValueFactory = _ => 50_000 };
        var runs = new Option<int>("--runs") { Description = "How often to restart", DefaultValueFactory = _ => 3 };
        var directory = new Option<string?>("--dir") { Description = "Where to keep the data; without it a temporary directory that is removed in the end" };
        var set = new Option<string[]>("--set") { Description = "A setting of the server, key=value; may be repeated", DefaultValueFactory = _ => [] };
        var command = new RootCommand("Restarts a server with many nodes: time to the first read, and memory.") { nodes, bytes, tail, runs, directory, set };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var given = parse.GetValue(directory);
            var path = given ?? Directory.CreateTempSubdirectory("gk-restart-").FullName;
            try
            {
                return await RestartBenchmark.RunAsync(
                    new RestartOptions(
                        parse.GetValue(nodes), parse.GetValue(bytes), parse.GetValue(tail), parse.GetValue(runs), path, parse.GetValue(set)!),
                    Console.Out,
                    cancellationToken);
            }
            finally
            {
                if (given is null)
                {
                    Directory.Delete(path, recursive: true);
                }
            }
        });
        return command;
    }
}

using System.CommandLine;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Grains.Import;
using GrainKeeper.Silo.Hosting;
using GrainKeeper.Storage;

namespace GrainKeeper.Silo.Commands;

/// <summary><c>import</c>: makes the data directory of one server from that of a stopped ZooKeeper server.</summary>
internal static class ImportCommand
{
    public static Command Create()
    {
        var from = new Option<string>("--from") { Description = "ZooKeeper's dataDir, of a stopped server or a copy; only read", Required = true };
        var log = new Option<string?>("--log-dir") { Description = "ZooKeeper's dataLogDir, when it has one" };
        var data = new Option<string>("--data") { Description = "The new server's dataDir (dataLogDir when it has one): empty but for myid", Required = true };
        var id = new Option<int>("--id") { Description = "The new server's number N of server.N", Required = true };
        var cluster = new Option<string>("--cluster-id") { Description = "The ensemble's name, as clusterId in its zoo.cfg", DefaultValueFactory = _ => "grainkeeper" };
        var command = new Command("import", "Makes a new server's data directory from that of a ZooKeeper server, 3.4 to 3.8. Run it for every server, from the same directory.")
        {
            from, log, data, id, cluster,
        };
        command.SetAction((parse, _) => RunAsync(
            parse.GetValue(from)!, parse.GetValue(log), parse.GetValue(data)!, parse.GetValue(cluster)!, new ServerId(parse.GetValue(id))));
        return command;
    }

    private static async Task<int> RunAsync(string from, string? log, string data, string cluster, ServerId id)
    {
        try
        {
            var report = await ZooKeeperImport.RunAsync(from, log, Path.GetFullPath(data), cluster, id);
            foreach (var warning in report.Warnings)
            {
                Console.Error.WriteLine("warning: " + warning);
            }

            Console.WriteLine(
                $"Imported {report.Nodes} nodes up to zxid {report.Last} for server {id} of {cluster}; {report.Replayed} transactions came from the log.\n" +
                $"Dropped {report.Sessions} sessions and {report.Ephemerals} ephemeral nodes.\n" +
                "Import the same directory for every server of the ensemble before the first of them starts.");
            return ExitCodes.Stopped;
        }
        catch (ArgumentException e)
        {
            Console.Error.WriteLine("error: " + e.Message);
            return ExitCodes.BadConfiguration;
        }
        catch (Exception e) when (e is ImportException or StorageException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine("error: " + e.Message.ReplaceLineEndings(" "));
            return ExitCodes.CannotStart;
        }
    }
}

using System.CommandLine;
using GrainKeeper.Silo.Hosting;

namespace GrainKeeper.Silo.Commands;

/// <summary>The program's commands.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("GrainKeeper: a coordination service with ZooKeeper's data model, on Orleans silos.")
        {
            ServeCommand.Create(),
            DevCommand.Create(),
            DumpCommands.CreateLog(),
            DumpCommands.CreateSnapshot(),
            ImportCommand.Create(),
        };
        root.SetAction(parse =>
        {
            Console.Error.WriteLine("Say what to do: serve, dev, import, log dump or snapshot dump; --help explains them.");
            return ExitCodes.BadConfiguration;
        });
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                Console.Error.WriteLine("error: " + error.Message);
            }

            Console.Error.WriteLine("Run with --help to see what is allowed.");
            return ExitCodes.BadConfiguration;
        }

        // Signals stop the server, gracefully, and the server alone knows how.
        return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }
}

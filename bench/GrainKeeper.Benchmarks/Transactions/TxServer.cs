using System.CommandLine;
using GrainKeeper.Grains.Transactions.Participants;
using GrainKeeper.Silo.Configuration;
using GrainKeeper.Silo.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Benchmarks.Transactions;

/// <summary>The product's server with a slow participant, under the command line that start.sh uses.</summary>
internal static class TxServer
{
    public static RootCommand Create()
    {
        var id = new Option<int>("--id") { Description = "The server's number", Required = true };
        var config = new Option<string>("--config") { Description = "Its zoo.cfg", Required = true };
        var level = new Option<LogLevel>("--log-level") { Description = "The least level that is logged", DefaultValueFactory = _ => LogLevel.Warning };
        var command = new RootCommand("Runs a server with a slow participant in transactions.") { id, config, level };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var configuration = ServerConfigurationLoader.Load(new ConfigurationRequest { File = parse.GetValue(config), Id = parse.GetValue(id) });
            using var host = ServerHost.Build(configuration, new ServerHostOptions
            {
                LogToConsole = true,
                LogLevel = parse.GetValue(level),
                ConfigureSilo = silo => silo.AddTransactionParticipant<ISlowGrain>(SlowGrain.Kind, allow: "world:anyone"),
            });
            await host.RunAsync(cancellationToken);
        });
        return command;
    }
}

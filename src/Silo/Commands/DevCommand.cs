using System.CommandLine;
using System.Runtime.InteropServices;
using GrainKeeper.Silo.Commands.Dev;
using GrainKeeper.Silo.Hosting;

namespace GrainKeeper.Silo.Commands;

/// <summary><c>dev</c>: runs a whole ensemble on this machine.</summary>
internal static class DevCommand
{
    public static Command Create()
    {
        var servers = new Option<int>("--servers") { Description = $"How many servers, 1 to {DevOptions.MaxServers}", DefaultValueFactory = _ => 3 };
        servers.Validators.Add(result =>
        {
            if (result.GetValue(servers) is < 1 or > DevOptions.MaxServers)
            {
                result.AddError($"--servers must be 1 to {DevOptions.MaxServers}");
            }
        });
        var data = new Option<string>("--data") { Description = "Where the data is kept", DefaultValueFactory = _ => Path.Combine(".data", "dev") };
        var port = new Option<int>("--base-port")
        {
            Description = $"Server N uses the ports from this number + {DevOptions.PortsPerServer} × (N − 1) on: silo, gateway, ZooKeeper",
            DefaultValueFactory = _ => DevOptions.DefaultBasePort,
        };
        port.Validators.Add(result =>
        {
            if (result.GetValue(port) is < 1024 or > 65_000)
            {
                result.AddError("--base-port must be 1024 to 65000");
            }
        });
        var level = new Option<LogLevel>("--log-level") { Description = "The least level that the servers log", DefaultValueFactory = _ => LogLevel.Information };
        var set = new Option<string[]>("--set") { Description = "A setting for every server, key=value. May be repeated", DefaultValueFactory = _ => [] };
        var command = new Command("dev", "Runs a durable ensemble of several server processes on this machine, until Ctrl-C.") { servers, data, port, level, set };
        command.SetAction((parse, _) => RunAsync(new DevOptions(
            parse.GetValue(servers), Path.GetFullPath(parse.GetValue(data)!), parse.GetValue(port), parse.GetValue(level), parse.GetValue(set)!)));
        return command;
    }

    private static async Task<int> RunAsync(DevOptions options)
    {
        using var stop = new CancellationTokenSource();
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, Stop);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
        try
        {
            return await new DevEnsemble(options, Console.Out).RunAsync(stop.Token);
        }
        catch (ServerStartException e)
        {
            Console.Error.WriteLine("error: " + e.Message);
            return e.ExitCode;
        }
    }
}

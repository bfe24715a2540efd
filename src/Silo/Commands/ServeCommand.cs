using System.Collections;
using System.CommandLine;
using GrainKeeper.Silo.Configuration;

namespace GrainKeeper.Silo.Commands;

/// <summary><c>serve</c>: runs one server until it is told to stop.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var id = new Option<int?>("--id") { Description = "The server's number N of server.N; without it the file myid in dataDir says it" };
        var config = new Option<string?>("--config") { Description = "A zoo.cfg, or a .json file with a section GrainKeeper" };
        var set = new Option<string[]>("--set")
        {
            Description = "A setting, key=value; stronger than file and environment. May be repeated",
            DefaultValueFactory = _ => [],
            AllowMultipleArgumentsPerToken = false,
        };
        var level = new Option<LogLevel>("--log-level") { Description = "The least level that is logged", DefaultValueFactory = _ => LogLevel.Information };
        var supervised = new Option<bool>("--supervised")
        {
            Description = "Report status lines on standard output, and stop when standard input ends",
            Hidden = true,
        };
        var command = new Command("serve", "Runs one server of an ensemble.") { id, config, set, level, supervised };
        command.SetAction((parse, _) => ServerProcess.RunAsync(
            new ConfigurationRequest
            {
                File = parse.GetValue(config),
                Id = parse.GetValue(id),
                Settings = parse.GetValue(set)!,
                AppSettingsDirectory = Directory.GetCurrentDirectory(),
                Environment = ReadEnvironment(),
            },
            parse.GetValue(level),
            parse.GetValue(supervised)));
        return command;
    }

    private static Dictionary<string, string> ReadEnvironment() => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .Where(e => e.Value is not null)
        .ToDictionary(e => (string)e.Key, e => (string)e.Value!, StringComparer.Ordinal);
}

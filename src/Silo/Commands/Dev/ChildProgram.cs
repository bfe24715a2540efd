using System.Diagnostics;
using System.Globalization;

namespace GrainKeeper.Silo.Commands.Dev;

/// <summary>How this program starts itself again as the process of one server.</summary>
internal static class ChildProgram
{
    public static ProcessStartInfo Start(DevOptions options, DevDirectory directory, int server)
    {
        var self = Environment.ProcessPath ?? throw new InvalidOperationException("the system does not tell the path of this program");
        var start = new ProcessStartInfo(self)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        if (Path.GetFileNameWithoutExtension(self).Equals("dotnet", StringComparison.OrdinalIgnoreCase))
        {
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, typeof(ChildProgram).Assembly.GetName().Name + ".dll"));
        }

        foreach (var argument in new[] { "serve", "--supervised", "--id", server.ToString(CultureInfo.InvariantCulture), "--config", directory.ConfigurationFile, "--log-level", options.LogLevel.ToString() })
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var setting in options.Settings.Append("dataDir=" + directory.DataOf(server)))
        {
            start.ArgumentList.Add("--set");
            start.ArgumentList.Add(setting);
        }

        return start;
    }
}

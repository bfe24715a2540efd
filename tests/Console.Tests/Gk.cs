using System.Text;
using GrainKeeper.Client.Tests;
using GrainKeeper.Console.Commands;

namespace GrainKeeper.Console.Tests;

/// <summary>Runs command lines as <c>gk</c> does, where no person reads.</summary>
internal static class Gk
{
    internal static async Task<(int Code, string Output, string Error)> RunAsync(string[] args, string input = "", CancellationToken token = default)
    {
        using var output = new MemoryStream();
        await using var error = new StringWriter { NewLine = "\n" };
        var terminal = new Terminal(() => new MemoryStream(Encoding.UTF8.GetBytes(input)), output, error, Interactive: false);
        var code = await GkConsole.RunAsync(args, terminal, token);
        return (code, Encoding.UTF8.GetString(output.ToArray()), error.ToString());
    }

    internal static Task<(int Code, string Output, string Error)> RunAsync(TestSilo silo, string[] args, string input = "", CancellationToken token = default) =>
        RunAsync(["--server", $"localhost:{silo.GatewayPort}", "--cluster", TestSilo.Cluster, .. args], input, token);
}

using System.CommandLine;
using System.Text;
using GrainKeeper.Client.Transactions;

namespace GrainKeeper.Console.Commands.Tx;

/// <summary>The commands about transactions.</summary>
internal static class TxCommand
{
    internal static Command Make(CommandContext context) => new("tx", "Run transactions over trees, grains and databases, and look at them")
    {
        TxRun.Make(context), TxList.Make(context), TxShow.Make(context), TxResolve.Make(context), TxDatabases.Make(context),
    };

    internal static Option<string> Output() => OutputFormat.Make();

    internal static bool IsJson(ParseResult parsed, Option<string> output) => OutputFormat.IsJson(parsed, output);

    /// <summary>The way to the servers, with the credentials of the command line.</summary>
    internal static TransactionClient Client(CommandContext context, ParseResult parsed) =>
        new(context.ClientOptions(parsed), context.Credentials(parsed) is var (scheme, text) ? [(scheme, (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(text))] : []);

    internal static async Task ComplainAsync(CommandContext context, IReadOnlyDictionary<int, string> problems)
    {
        foreach (var (server, problem) in problems)
        {
            await context.Terminal.Error.WriteLineAsync($"gk: server {server} did not answer, what only it knows is missing: {problem}");
        }
    }
}

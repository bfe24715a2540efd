using System.CommandLine;
using System.Text.Json;
using GrainKeeper.Client.Transactions;

namespace GrainKeeper.Console.Commands.Tx;

/// <summary>Runs a transaction from a file.</summary>
internal static class TxRun
{
    internal static Command Make(CommandContext context)
    {
        var file = new Argument<string>("file") { Description = "The transaction as JSON; - for standard input" };
        var ticket = new Option<string?>("--ticket") { Description = "Run it under the id of an earlier attempt, once in all; with the same file" };
        var output = TxCommand.Output();
        var command = new Command("run", "Run a transaction and print its outcome: 0 committed, 3 aborted, 4 in doubt") { file, ticket, output };
        command.SetAction(async (parsed, token) =>
        {
            var name = parsed.GetValue(file)!;
            TransactionFile read;
            await using (var stream = name == "-" ? context.Terminal.In() : File.OpenRead(name))
            {
                read = await TransactionFile.ReadAsync(stream, token);
            }

            TransactionTicket? earlier = null;
            if (parsed.GetValue(ticket) is { } text && !TransactionTicket.TryParse(text, out earlier))
            {
                throw new UsageException("--ticket: this is no ticket: give it as 'gk tx run' printed it");
            }

            await using var client = TxCommand.Client(context, parsed);
            var settings = read.Settings with { BeginTimeout = context.Patience(parsed) };
            var transaction = earlier is null ? await client.BeginAsync(settings, token) : client.Continue(earlier, settings);
            read.AddTo(transaction);
            return await RunAsync(context, transaction, TxCommand.IsJson(parsed, output), token);
        });
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, TransactionBuilder transaction, bool json, CancellationToken token)
    {
        TransactionOutcome outcome;
        try
        {
            outcome = await transaction.CommitAsync(token);
        }
        catch (OperationCanceledException)
        {
            outcome = new TransactionOutcome.InDoubt(transaction.Id, "interrupted");
        }

        if (json)
        {
            context.Terminal.Line(JsonSerializer.Serialize(TxOutput.Object(outcome, transaction.Ticket), TxOutput.Json));
        }
        else
        {
            foreach (var line in TxOutput.Lines(outcome))
            {
                context.Terminal.Line(line);
            }
        }

        if (outcome is TransactionOutcome.InDoubt)
        {
            await context.Terminal.Error.WriteLineAsync(
                $"gk: it may be committed or aborted; to find out run it again until {TxOutput.Date(transaction.Ticket.Until)} UTC with --ticket {transaction.Ticket}, it runs once in all");
        }

        return TxOutput.ExitCodeOf(outcome);
    }
}

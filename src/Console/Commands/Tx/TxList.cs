using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GrainKeeper.Client.Transactions;
using GrainKeeper.Contracts.Transactions;
using Spectre.Console;

namespace GrainKeeper.Console.Commands.Tx;

/// <summary>Lists transactions.</summary>
internal static class TxList
{
    internal static Command Make(CommandContext context)
    {
        var doubt = new Option<bool>("--in-doubt") { Description = "Only those of which a participant is in doubt" };
        var all = new Option<bool>("--all", "-a") { Description = "The finished ones that are still remembered, too" };
        var limit = new Option<int>("--limit", "-n") { Description = "Most parties that each server lists, 1 to 10000", DefaultValueFactory = _ => 1_000 };
        var output = TxCommand.Output();
        var command = new Command("list", "List the transactions under way, on all servers. Ends with 1 if a server does not answer") { doubt, all, limit, output };
        command.SetAction(async (parsed, token) =>
        {
            if (parsed.GetValue(limit) is < 1 or > 10_000)
            {
                throw new UsageException($"--limit {parsed.GetValue(limit)}: give 1 to 10000");
            }

            TransactionList? list = null;
            await using var client = TxCommand.Client(context, parsed);
            await context.LimitAsync(parsed, async limited => list = await client.ListAsync(parsed.GetValue(limit), limited), token);
            var shown = list!.Transactions.Where(t => parsed.GetValue(doubt) ? t.IsInDoubt : parsed.GetValue(all) || !t.IsFinished || t.IsContradictory).ToList();
            if (TxCommand.IsJson(parsed, output))
            {
                context.Terminal.Line(JsonSerializer.Serialize(shown.Select(Object), TxOutput.Json));
            }
            else
            {
                context.Terminal.Table(Table(shown));
            }

            await TxCommand.ComplainAsync(context, list.Problems);
            return list.Problems.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    internal static string StateOf(TransactionInfo transaction) => transaction switch
    {
        { IsContradictory: true } => "CONTRADICTORY",
        { Decision: Core.AtomicCommit.Decision.Commit } => transaction.IsFinished ? "committed" : "committing",
        { Decision: Core.AtomicCommit.Decision.Abort } => transaction.IsFinished ? "aborted" : "aborting",
        { IsInDoubt: true } => "in doubt",
        _ => "running",
    };

    internal static string Describe(TransactionSummary party) =>
        string.Create(CultureInfo.InvariantCulture, $"{party.Party} on {party.Server}: {party.State}{(party.ByHand ? " by hand" : string.Empty)}");

    private static Table Table(IEnumerable<TransactionInfo> transactions)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("transaction", "protocol", "state", "since (UTC)", "participants", "parties");
        foreach (var transaction in transactions)
        {
            table.AddRow(
                Markup.Escape(transaction.Id),
                TxOutput.NameOf(transaction.Protocol),
                StateOf(transaction),
                TxOutput.Date(transaction.Since),
                Markup.Escape(string.Join(' ', transaction.Participants)),
                Markup.Escape(string.Join("; ", transaction.Parties.Select(Describe))));
        }

        return table;
    }

    private static object Object(TransactionInfo transaction) => new
    {
        id = transaction.Id,
        protocol = TxOutput.NameOf(transaction.Protocol),
        state = StateOf(transaction),
        inDoubt = transaction.IsInDoubt,
        since = transaction.Since,
        participants = transaction.Participants,
        parties = transaction.Parties.Select(p => new { party = p.Party, server = p.Server, host = p.Host, state = p.State, inDoubt = p.InDoubt, finished = p.Finished, byHand = p.ByHand }),
    };
}

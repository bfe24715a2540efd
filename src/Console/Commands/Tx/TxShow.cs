using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GrainKeeper.Client.Errors;
using GrainKeeper.Client.Transactions;
using Spectre.Console;

namespace GrainKeeper.Console.Commands.Tx;

/// <summary>Shows one transaction.</summary>
internal static class TxShow
{
    internal static Command Make(CommandContext context)
    {
        var id = new Argument<string>("id") { Description = "The transaction's id, or its ticket, which also tells why participants voted No" };
        var output = TxCommand.Output();
        var command = new Command("show", "Show a transaction's outcome, and every message, forced write, vote and decision with its time (UTC)") { id, output };
        command.SetAction(async (parsed, token) =>
        {
            await using var client = TxCommand.Client(context, parsed);
            TransactionTimeline? timeline = null;
            TransactionOutcome? outcome = null;
            await context.LimitAsync(
                parsed,
                async limited =>
                {
                    try
                    {
                        timeline = await client.ShowAsync(parsed.GetValue(id)!, limited);
                    }
                    catch (FormatException e)
                    {
                        throw new UsageException(e.Message);
                    }

                    outcome = await AskAsync(context, client, parsed.GetValue(id)!, limited);
                },
                token);
            if (TxCommand.IsJson(parsed, output))
            {
                context.Terminal.Line(JsonSerializer.Serialize(Object(timeline!, outcome), TxOutput.Json));
            }
            else if (timeline!.Lines.Count > 0 || outcome is not null)
            {
                foreach (var line in outcome is null ? [$"{timeline.Id}: the coordinator remembers no outcome"] : TxOutput.Lines(outcome))
                {
                    context.Terminal.Line(line);
                }

                context.Terminal.Table(Table(timeline));
            }

            await TxCommand.ComplainAsync(context, timeline!.Problems);
            if (timeline.Lines.Count == 0 && outcome is null)
            {
                await context.Terminal.Error.WriteLineAsync($"gk: no server knows transaction {timeline.Id}: it never began, or is over and forgotten");
                return ExitCode.Failed;
            }

            return timeline.Problems.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    // The timeline is of use without a leader, too.
    private static async Task<TransactionOutcome?> AskAsync(CommandContext context, TransactionClient client, string id, CancellationToken token)
    {
        try
        {
            return await client.GetAsync(id, TimeSpan.FromSeconds(2), token);
        }
        catch (ConnectionLossException e)
        {
            await context.Terminal.Error.WriteLineAsync($"gk: {e.Message}");
            return null;
        }
    }

    private static Table Table(TransactionTimeline timeline)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("time (UTC)", "server", "party", "what");
        foreach (var line in timeline.Lines)
        {
            table.AddRow(TxOutput.Time(line.At), line.Server.ToString(CultureInfo.InvariantCulture), Markup.Escape(line.Party), Markup.Escape(line.What));
        }

        return table;
    }

    private static object Object(TransactionTimeline timeline, TransactionOutcome? outcome) => new
    {
        id = timeline.Id,
        outcome = outcome is null ? null : TxOutput.Object(outcome),
        lines = timeline.Lines.Select(l => new { at = DateTimeOffset.FromUnixTimeMilliseconds(l.At), server = l.Server, host = l.Host, party = l.Party, what = l.What }),
    };
}

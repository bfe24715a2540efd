using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GrainKeeper.Client.Transactions;
using Spectre.Console;

namespace GrainKeeper.Console.Commands.Tx;

/// <summary>Lists the databases that take part in transactions.</summary>
internal static class TxDatabases
{
    internal static Command Make(CommandContext context)
    {
        var output = TxCommand.Output();
        var command = new Command(
            "databases", "List the databases that take part in transactions, and what is prepared in them for how long. Ends with 1 if one of them cannot take part, or a server does not answer") { output };
        command.SetAction(async (parsed, token) =>
        {
            DatabaseList? list = null;
            await using var client = TxCommand.Client(context, parsed);
            await context.LimitAsync(parsed, async limited => list = await client.ListDatabasesAsync(limited), token);
            if (TxCommand.IsJson(parsed, output))
            {
                context.Terminal.Line(JsonSerializer.Serialize(list!.Databases.Select(Object), TxOutput.Json));
            }
            else
            {
                context.Terminal.Table(Table(list!.Databases));
            }

            await TxCommand.ComplainAsync(context, list.Problems);
            return list.Problems.Count == 0 && list.Databases.All(d => d.Problem is null) ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    /// <summary>An age as people say it.</summary>
    internal static string AgeOf(TimeSpan age) => age.TotalMinutes < 1
        ? string.Create(CultureInfo.InvariantCulture, $"{age.TotalSeconds:0.0} s")
        : age.ToString(age.TotalDays < 1 ? "h\\:mm\\:ss" : "d\\ \\d\\a\\y\\s\\ h\\:mm\\:ss", CultureInfo.InvariantCulture);

    private static Table Table(IEnumerable<DatabaseInfo> databases)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("database", "log tree", "driven by", "prepared", "at most", "oldest", "looked at (UTC)", "state");
        foreach (var database in databases)
        {
            table.AddRow(
                Markup.Escape(database.Participant),
                Markup.Escape(database.LogTree),
                NumberOf(database.Server),
                NumberOf(database.Prepared.Count),
                NumberOf(database.MaxPrepared),
                database.OldestAge is { } age ? Markup.Escape($"{AgeOf(age)} {database.Prepared[0].Transaction} {database.Prepared[0].State}") : "-",
                database.LookedAt is { } looked ? TxOutput.Date(looked) : "never",
                Markup.Escape(database.Problem ?? "takes part"));
        }

        return table;
    }

    private static string NumberOf(int? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "-";

    private static object Object(DatabaseInfo database) => new
    {
        participant = database.Participant,
        logTree = database.LogTree,
        server = database.Server,
        takesPart = database.Problem is null,
        problem = database.Problem,
        maxPreparedTransactions = database.MaxPrepared,
        lookedAt = database.LookedAt,
        oldestAgeMilliseconds = (long?)database.OldestAge?.TotalMilliseconds,
        prepared = database.Prepared.Select(p => new { gid = p.Gid, transaction = p.Transaction, since = DateTimeOffset.FromUnixTimeMilliseconds(p.Since), ageMilliseconds = p.Age, state = p.State }),
    };
}

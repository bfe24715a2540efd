using System.CommandLine;
using GrainKeeper.Client.Errors;
using GrainKeeper.Client.Transactions;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Console.Commands.Tx;

/// <summary>Decides by hand for participants in doubt. Looks first whether anybody knows the decision, for then there is nothing to be decided.</summary>
internal static class TxResolve
{
    internal static Command Make(CommandContext context)
    {
        var id = new Argument<string>("id") { Description = "The transaction's id" };
        var decision = new Argument<string>("decision") { Description = "commit or abort" };
        decision.AcceptOnlyFromAmong("commit", "abort");
        var participant = new Option<string?>("--participant", "-p") { Description = "Only this participant, instead of all in doubt" };
        var yes = new Option<bool>("--yes", "-y") { Description = "Really decide" };
        var output = TxCommand.Output();
        var command = new Command("resolve", "Decide by hand for participants in doubt whose coordinator is gone for good; for the administrator") { id, decision, participant, yes, output };
        command.SetAction((parsed, token) => ResolveAsync(
            context,
            parsed,
            new Wish(parsed.GetValue(id)!, parsed.GetValue(decision) == "commit" ? Decision.Commit : Decision.Abort, parsed.GetValue(participant), parsed.GetValue(yes)),
            TxCommand.IsJson(parsed, output),
            token));
        return command;
    }

    private static async Task<int> ResolveAsync(CommandContext context, ParseResult parsed, Wish wish, bool json, CancellationToken token)
    {
        if (!TransactionId.TryParse(wish.Id, out var id))
        {
            throw new UsageException($"'{wish.Id}' is no transaction id: it reads home:incarnation:sequence, for example root:7:42");
        }

        await using var client = TxCommand.Client(context, parsed);
        TransactionInfo? known = null;
        await context.LimitAsync(parsed, async limited => known = (await client.ListAsync(10_000, limited)).Transactions.FirstOrDefault(t => t.Id == wish.Id), token);
        var doubtful = known?.Parties.Where(p => p.InDoubt && (wish.Participant is null || wish.Participant == p.Party)).ToList() ?? [];
        if (doubtful.Count == 0)
        {
            await context.Terminal.Error.WriteLineAsync($"gk: {wish.Participant ?? "no participant"} is in doubt about {wish.Id} on a server that answers: look at 'gk tx list --all'");
            return ExitCode.Failed;
        }

        if (await ObjectionAsync(client, known!, wish, token) is { } objection)
        {
            await context.Terminal.Error.WriteLineAsync($"gk: nothing was decided: {objection}");
            return ExitCode.Failed;
        }

        if (!wish.IsSure)
        {
            throw new UsageException(
                $"this would decide {wish.Decision} by hand for {string.Join(", ", doubtful.Select(TxList.Describe))}. Neither the leader of its home, tree '{id.Home}', nor another participant that answers knows a decision. "
                + "Should one exist where nobody can be asked now, the participants will disagree for good. If the home tree is gone for good, decide the same for all of them: add --yes");
        }

        return await DecideAsync(context, client, doubtful, wish, json, token);
    }

    /// <returns>Why there is nothing to decide by hand; null when there may be.</returns>
    private static async Task<string?> ObjectionAsync(TransactionClient client, TransactionInfo known, Wish wish, CancellationToken token)
    {
        if (known.Parties.FirstOrDefault(p => p.Decision != 0 && p.Decision != (int)wish.Decision) is { } other)
        {
            return $"{TxList.Describe(other)}: so {wish.Decision} would make the participants disagree";
        }

        TransactionOutcome? told;
        try
        {
            told = await client.GetAsync(wish.Id, TimeSpan.FromSeconds(3), token);
        }
        catch (ConnectionLossException)
        {
            return null;
        }

        return told switch
        {
            TransactionOutcome.InDoubt => "its coordinator is at work: wait for its decision",
            TransactionOutcome.Committed when wish.Decision == Decision.Abort => "its coordinator has committed it; the participants will hear of it",
            TransactionOutcome.Aborted when wish.Decision == Decision.Commit => "its coordinator has aborted it; the participants will hear of it",
            null when known.Protocol == CommitProtocol.TwoPhase && wish.Decision == Decision.Commit =>
                "the leader of its home has no record of it, which with 2PC means that it is aborted; the participants will hear of it",
            _ => null,
        };
    }

    private static async Task<int> DecideAsync(CommandContext context, TransactionClient client, List<TransactionSummary> doubtful, Wish wish, bool json, CancellationToken token)
    {
        var code = ExitCode.Ok;
        foreach (var party in doubtful)
        {
            var outcome = await client.ResolveAsync(party, wish.Decision, token);
            var done = outcome is TransactionOutcome.InDoubt ? "being decided" : $"{TxOutput.NameOf(outcome)} by hand";
            context.Terminal.Line(json
                ? System.Text.Json.JsonSerializer.Serialize(new { id = wish.Id, participant = party.Party, server = party.Server, result = done })
                : $"{wish.Id} {party.Party}: {done}");
            if (outcome is TransactionOutcome.InDoubt || (outcome is TransactionOutcome.Committed) != (wish.Decision == Decision.Commit))
            {
                code = ExitCode.Failed;
            }
        }

        return code;
    }

    private sealed record Wish(string Id, Decision Decision, string? Participant, bool IsSure);
}

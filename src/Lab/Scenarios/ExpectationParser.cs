using GrainKeeper.Lab.Clients;

namespace GrainKeeper.Lab.Scenarios;

/// <summary>Reads what stands after <c>expect</c> and <c>await</c>.</summary>
internal static class ExpectationParser
{
    /// <summary>States that a server can be expected to be in.</summary>
    internal static readonly string[] ServerStates = ["looking", "following", "leading", "observing", "down"];

    /// <summary>States that a party of a transaction can be expected to be in.</summary>
    internal static readonly string[] PartyStates = ["initial", "preparing", "in-doubt", "committed", "aborted", "down"];

    private static readonly string[] CallerWords = ["committed", "aborted", "in-doubt", "nothing"];

    internal static Expectation Read(LineReader reader, ScenarioCast cast, IEnumerable<string> transactions)
    {
        var word = reader.Word("an expectation");
        return word switch
        {
            "leader" => ReadLeader(reader, cast),
            "epoch" => new Expectation.Epoch(reader.Number("epoch", 1, int.MaxValue)),
            "same" => new Expectation.Same(),
            "agreement" => new Expectation.Split(false),
            "split" => new Expectation.Split(true),
            "caller" => ReadCaller(reader, transactions),
            _ when cast.ServerNames.Contains(word) => ReadServer(word, reader),
            _ when cast.Clients.Contains(word) => ReadClient(word, reader),
            _ when cast.CommitNames.Contains(word) => ReadParty(word, reader, cast),
            _ => throw reader.Wrong($"'{word}' is nothing to expect: name a server, client, participant, or one of leader, epoch, same, caller, agreement, split"),
        };
    }

    private static Expectation ReadLeader(LineReader reader, ScenarioCast cast) =>
        reader.Skip("none") ? new Expectation.Leader(null)
        : reader.Skip("any") ? new Expectation.SomeLeader()
        : new Expectation.Leader(ScenarioCast.Name(reader, "server", cast.ServerNames));

    private static Expectation.Caller ReadCaller(LineReader reader, IEnumerable<string> transactions) =>
        new(ScenarioCast.Name(reader, "transaction", transactions), OneOf(reader, CallerWords));

    private static Expectation ReadServer(string server, LineReader reader)
    {
        if (reader.Skip("holds"))
        {
            return new Expectation.Node(server, ScenarioParser.Path(reader), reader.Remainder("data"));
        }

        return reader.Skip("lacks") ? new Expectation.Node(server, ScenarioParser.Path(reader), null) : new Expectation.State(server, OneOf(reader, ServerStates));
    }

    private static Expectation ReadClient(string client, LineReader reader)
    {
        if (reader.Skip("read"))
        {
            return new Expectation.ReadBy(client, reader.Remainder("data"));
        }

        var word = OneOf(reader, ["ok", "refused", "unknown", "unavailable", "waiting"]);
        var error = word == "refused" && !reader.AtEnd ? reader.Word("an error") : string.Empty;
        return new Expectation.Client(client, Enum.Parse<ClientOutcome>(word, ignoreCase: true), error);
    }

    private static Expectation ReadParty(string name, LineReader reader, ScenarioCast cast)
    {
        if (cast.Participants.Contains(name))
        {
            if (reader.Skip("locked"))
            {
                return new Expectation.Locked(name, true);
            }

            if (reader.Skip("free"))
            {
                return new Expectation.Locked(name, false);
            }

            if (reader.Skip("value"))
            {
                var value = reader.Word("a value");
                return new Expectation.Value(name, value == "none" ? null : value);
            }
        }

        return new Expectation.State(name, OneOf(reader, PartyStates));
    }

    private static string OneOf(LineReader reader, string[] words)
    {
        var word = reader.Word(string.Join(" or ", words));
        return words.Contains(word) ? word : throw reader.Wrong($"'{word}' is not known here: choose among {string.Join(", ", words)}");
    }
}

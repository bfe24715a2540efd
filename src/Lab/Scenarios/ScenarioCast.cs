namespace GrainKeeper.Lab.Scenarios;

/// <summary>The names that a scenario's lines may use.</summary>
internal sealed class ScenarioCast
{
    private static readonly string[] Reserved = ["all", "any", "none", "coordinator", "leader", "servers", "agreement", "split", "value"];

    internal int Servers { get; set; }

    internal int Observers { get; set; }

    internal int Acceptors { get; set; }

    internal List<string> Clients { get; } = [];

    internal List<string> Participants { get; } = [];

    internal IEnumerable<string> ServerNames => Enumerable.Range(1, Servers + Observers).Select(i => $"{i}");

    /// <summary>The processes of transactions.</summary>
    internal IEnumerable<string> CommitNames => Participants.Count == 0
        ? []
        : [Commits.CommitCircle.CoordinatorName, .. Participants, .. Enumerable.Range(1, Acceptors).Select(Commits.CommitCircle.AcceptorName)];

    /// <summary>What can start and crash.</summary>
    internal IEnumerable<string> Processes => ServerNames.Concat(CommitNames);

    /// <summary>What sends and receives.</summary>
    internal IEnumerable<string> Ends => Clients.Concat(Processes);

    /// <summary>Adds names that the scenario chooses.</summary>
    internal void Add(List<string> names, LineReader reader, string what, int most)
    {
        while (reader.TryWord(out var name))
        {
            if (name.Length > 12 || !char.IsAsciiLetterLower(name[0]) || !name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c)))
            {
                throw reader.Wrong($"'{name}' is no name for a {what}: use a lower-case letter, then at most 11 letters and digits");
            }

            if (Reserved.Contains(name) || name.StartsWith("acceptor", StringComparison.Ordinal) || Clients.Contains(name) || Participants.Contains(name))
            {
                throw reader.Wrong($"the name '{name}' is taken: choose another");
            }

            names.Add(name);
        }

        if (names.Count is 0 || names.Count > most)
        {
            throw reader.Wrong($"{names.Count} {what}s: name 1 to {most}");
        }
    }

    /// <summary>The next word as one of some names.</summary>
    internal static string Name(LineReader reader, string what, IEnumerable<string> known)
    {
        var name = reader.Word(what);
        string[] names = [.. known];
        return names.Contains(name)
            ? name
            : throw reader.Wrong(names.Length == 0
                ? $"'{name}': the scenario has no {what}; name them at its top"
                : $"'{name}' is no {what} of this scenario: choose among {string.Join(", ", names)}");
    }
}

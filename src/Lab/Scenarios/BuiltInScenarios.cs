using System.Reflection;

namespace GrainKeeper.Lab.Scenarios;

/// <summary>The scenarios that come with the laboratory, in the order in which a course tells them.</summary>
public static class BuiltInScenarios
{
    private const string Extension = ".lab";

    private static readonly string[] Order =
    [
        "three-outcomes", "cap-minority", "base-degraded",
        "2pc-commit", "2pc-abort", "2pc-conservative", "2pc-blocking", "2pc-inconsistent",
        "3pc-commit", "3pc-crash", "3pc-partition",
        "paxos-commit", "paxos-crash", "paxos-partition",
        "zab-write", "five-servers", "leader-crash",
    ];

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names => Order;

    /// <summary>The text of one; null when there is none of that name.</summary>
    /// <param name="name">The name.</param>
    public static string? Text(string name)
    {
        if (!Order.Contains(name))
        {
            return null;
        }

        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name + Extension)
            ?? throw new InvalidOperationException($"the scenario {name} is not built in");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>One of them, read.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ScenarioException">There is none of that name.</exception>
    public static Scenario Load(string name) => ScenarioParser.Parse(
        name, Text(name) ?? throw new ScenarioException(0, $"there is no scenario '{name}': 'gk lab list' lists them"));
}

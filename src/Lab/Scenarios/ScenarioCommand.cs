using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Lab.Scenarios;

/// <summary>What a line of a scenario does. Times in microseconds.</summary>
internal abstract record ScenarioCommand
{
    private ScenarioCommand()
    {
    }

    /// <summary>The narrator speaks.</summary>
    internal sealed record Say(string Text) : ScenarioCommand;

    /// <summary>Processes start.</summary>
    internal sealed record Start(IReadOnlyList<string> Names) : ScenarioCommand;

    /// <summary>Processes die.</summary>
    internal sealed record Crash(IReadOnlyList<string> Names) : ScenarioCommand;

    /// <summary>A process will die at an action of its own.</summary>
    internal sealed record CrashAt(string Name, bool Before, string Action) : ScenarioCommand;

    /// <summary>Time passes.</summary>
    internal sealed record Run(long Time) : ScenarioCommand;

    /// <summary>Time passes until something holds.</summary>
    internal sealed record Await(Expectation Expectation, long AtMost) : ScenarioCommand;

    /// <summary>The network falls apart.</summary>
    internal sealed record Partition(IReadOnlyList<IReadOnlyList<string>> Groups) : ScenarioCommand;

    /// <summary>The network is whole and fast again.</summary>
    internal sealed record Heal : ScenarioCommand;

    /// <summary>The next messages of a direction are lost.</summary>
    internal sealed record Drop(string From, string To, string Word, int Count) : ScenarioCommand;

    /// <summary>Messages of a direction take longer.</summary>
    internal sealed record Slow(string From, string To, long Delay) : ScenarioCommand;

    /// <summary>A client goes to a server.</summary>
    internal sealed record Connect(string Client, string Server, bool ReadOnly) : ScenarioCommand;

    /// <summary>A client asks.</summary>
    internal sealed record Ask(string Client, OpCode Type, string Path, string Data) : ScenarioCommand;

    /// <summary>A transaction begins.</summary>
    internal sealed record Transaction(string Name, CommitProtocol Protocol, IReadOnlyList<string> No) : ScenarioCommand;

    /// <summary>Something must hold.</summary>
    internal sealed record Expect(Expectation Expectation) : ScenarioCommand;

    /// <summary>Messages and notes are shown, or only counted.</summary>
    internal sealed record Show(bool Shown) : ScenarioCommand;
}

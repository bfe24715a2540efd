using GrainKeeper.Lab.Clients;

namespace GrainKeeper.Lab.Scenarios;

/// <summary>What a scenario expects.</summary>
internal abstract record Expectation
{
    private Expectation()
    {
    }

    /// <summary>This server leads and serves; null for no server.</summary>
    internal sealed record Leader(string? Server) : Expectation;

    /// <summary>Some server leads and serves.</summary>
    internal sealed record SomeLeader : Expectation;

    /// <summary>The server that leads does so in this epoch.</summary>
    internal sealed record Epoch(int Number) : Expectation;

    /// <summary>A process is in this state.</summary>
    internal sealed record State(string Name, string Word) : Expectation;

    /// <summary>A node on a server holds this; null for no such node.</summary>
    internal sealed record Node(string Server, string Path, string? Data) : Expectation;

    /// <summary>All servers that run hold the same data.</summary>
    internal sealed record Same : Expectation;

    /// <summary>What a client knows of its last request, and with a refusal the error's name.</summary>
    internal sealed record Client(string Name, ClientOutcome Outcome, string Error) : Expectation;

    /// <summary>What a client has read last.</summary>
    internal sealed record ReadBy(string Name, string Data) : Expectation;

    /// <summary>Whether a participant's lock is held.</summary>
    internal sealed record Locked(string Name, bool Held) : Expectation;

    /// <summary>A participant shows this value; null for none.</summary>
    internal sealed record Value(string Name, string? Data) : Expectation;

    /// <summary>What the caller of a transaction was told: committed, aborted, in-doubt, nothing.</summary>
    internal sealed record Caller(string Transaction, string Word) : Expectation;

    /// <summary>Whether parties have decided differently.</summary>
    internal sealed record Split(bool IsSplit) : Expectation;
}

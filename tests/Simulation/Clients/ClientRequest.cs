using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Simulation.Clients;

/// <summary>One request of a client, and what came of it.</summary>
public sealed class ClientRequest
{
    /// <summary>What it asks for.</summary>
    public required OpCode Type { get; init; }

    /// <summary>The node.</summary>
    public string Path { get; init; } = "";

    /// <summary>The value to write; unique in the run.</summary>
    public long Value { get; init; }

    /// <summary>The version to check, −1 for any.</summary>
    public int Version { get; init; } = -1;

    /// <summary>Create flags: 0 persistent, 1 ephemeral, 2 sequential, 3 both, 4 container.</summary>
    public int Flags { get; init; }

    /// <summary>Whether to leave a watch.</summary>
    public bool Watch { get; init; }

    /// <summary>Whether it is a read that must show all that was committed before it was sent.</summary>
    public bool Linearizable { get; init; }

    /// <summary>The operations of a multi.</summary>
    public IReadOnlyList<ClientRequest> Parts { get; init; } = [];

    /// <summary>Which client asked.</summary>
    public int Client { get; set; }

    /// <summary>The session in which it was sent.</summary>
    public long Session { get; set; }

    /// <summary>Its number in the session.</summary>
    public int Xid { get; set; }

    /// <summary>Whether it was sent more than once, under the same number.</summary>
    public bool SentAgain { get; set; }

    /// <summary>Whether its session numbers it: a change of the tree.</summary>
    public bool IsNumbered => IsWrite && Type != OpCode.CloseSession;

    /// <summary>When it was sent.</summary>
    public long Invoked { get; set; }

    /// <summary>What the ensemble had committed when it was sent.</summary>
    public Zxid CommittedBefore { get; set; }

    /// <summary>When the answer came; only then is <see cref="Outcome"/> known.</summary>
    public long? Returned { get; set; }

    /// <summary>What the client knows.</summary>
    public Outcome Outcome { get; set; }

    /// <summary>The zxid of the reply's header.</summary>
    public Zxid ReplyZxid { get; set; }

    /// <summary>The result, once known.</summary>
    public PartResult Result { get; set; }

    /// <summary>The value read.</summary>
    public long ReadValue { get; set; }

    /// <summary>The children read.</summary>
    public IReadOnlyList<string> Children { get; set; } = [];

    /// <summary>The results of a multi's parts.</summary>
    public IReadOnlyList<PartResult> PartResults { get; set; } = [];

    /// <summary>Whether it changes the tree, and therefore goes through the log.</summary>
    public bool IsWrite => Type is OpCode.Create or OpCode.Create2 or OpCode.CreateContainer or OpCode.SetData or OpCode.Delete or OpCode.Multi or OpCode.CloseSession;

    /// <inheritdoc/>
    public override string ToString() => Type == OpCode.Multi
        ? $"#{Xid} multi [{string.Join("; ", Parts.Select(p => p.Describe()))}]"
        : $"#{Xid} {Describe()}";

    private string Describe() => Type switch
    {
        OpCode.Create or OpCode.Create2 or OpCode.CreateContainer => $"{Type} {Path} = {Value} flags {Flags}",
        OpCode.SetData => $"SetData {Path} = {Value} if {Version}",
        OpCode.Delete or OpCode.Check => $"{Type} {Path} if {Version}",
        _ => $"{(Linearizable ? "linearizable " : "")}{Type} {Path}{(Watch ? " +watch" : "")}",
    };
}

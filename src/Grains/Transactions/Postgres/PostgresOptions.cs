using GrainKeeper.Contracts;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Requests;

namespace GrainKeeper.Grains.Transactions.Postgres;

/// <summary>A PostgreSQL database (13 or later) that takes part in transactions as <c>postgres.NAME</c>. The same on all servers.</summary>
public sealed record PostgresOptions
{
    /// <summary>What participants' names begin with.</summary>
    public const string Prefix = "postgres.";

    /// <summary>1 to 40 characters of a-z, 0-9 and <c>-</c>.</summary>
    public required string Name { get; init; }

    /// <summary>How to reach it, as Npgsql reads it; to PostgreSQL itself or by a pooler that keeps sessions. A secret: never logged, never reported.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>The tree whose log keeps votes and decisions, and whose leader drives it. It must exist.</summary>
    public string LogTree { get; init; } = TreeName.Root;

    /// <summary>Whose transactions it may take part in, besides the administrator's: identities of the schemes <c>digest</c> and <c>x509</c>.</summary>
    public IReadOnlyList<Identity> Allow { get; init; } = [];

    /// <summary>Most transactions that are being prepared at a time, each in a connection of its own; others wait. 1 to 1,000; default 32.</summary>
    public int MaxPreparing { get; init; } = 32;

    /// <summary>How often the leader looks at what is prepared in the database, in milliseconds. 50 to 3,600,000; default 10,000.</summary>
    public int ResolveInterval { get; init; } = 10_000;

    /// <summary>After how many milliseconds a prepared transaction is old enough for a warning. 1,000 to 86,400,000; default 300,000.</summary>
    public int WarnAge { get; init; } = 300_000;

    /// <summary>How old a prepared transaction of this ensemble must be, of which its log knows nothing, before it is rolled back, in milliseconds. 0 to 86,400,000; default 60,000.</summary>
    public int OrphanAge { get; init; } = 60_000;

    /// <summary>The participant.</summary>
    public ParticipantId Participant => new(Prefix + Name);

    /// <summary>Names it; not the connection string.</summary>
    public override string ToString() => Participant.Name;

    /// <summary>Checks every value that has a range.</summary>
    /// <exception cref="ArgumentException">A value is not allowed; the message names it, its range and the remedy, and not the connection string.</exception>
    public void Validate()
    {
        const int day = 86_400_000;
        Require(IsName(Name), nameof(Name), Name, "1 to 40 characters of a-z, 0-9 and '-'");
        Require(PostgresConnection.Check(ConnectionString) is null, nameof(ConnectionString), "…", "a connection string with Host, Database and Username, as Npgsql reads it");
        TreeName.Require(LogTree);
        Require(Allow.All(PostgresAccess.IsUsable), nameof(Allow), string.Join(' ', Allow), "digest:user:hash and x509:subject");
        Require(MaxPreparing is >= 1 and <= 1_000, nameof(MaxPreparing), MaxPreparing, "1 to 1,000");
        Require(ResolveInterval is >= 50 and <= 3_600_000, nameof(ResolveInterval), ResolveInterval, "50 to 3,600,000");
        Require(WarnAge is >= 1_000 and <= day, nameof(WarnAge), WarnAge, "1,000 to 86,400,000");
        Require(OrphanAge is >= 0 and <= day, nameof(OrphanAge), OrphanAge, "0 to 86,400,000");
    }

    /// <summary>Whether a database may have this name.</summary>
    public static bool IsName(string? name) => name is { Length: >= 1 and <= 40 } && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    private static void Require(bool condition, string name, object value, string allowed)
    {
        if (!condition)
        {
            throw new ArgumentException($"database option {name} = '{value}' is not allowed; set it to {allowed}", name);
        }
    }
}

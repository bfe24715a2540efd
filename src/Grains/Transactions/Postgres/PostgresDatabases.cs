using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Requests;
using GrainKeeper.Grains.Hosting;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Grains.Transactions.Postgres;

/// <summary>The databases that take part in transactions.</summary>
internal sealed class PostgresDatabases : IAsyncDisposable
{
    private readonly Dictionary<ParticipantId, PostgresParticipant> _databases = [];
    private readonly IDisposable? _watched;

    /// <exception cref="ArgumentException">Two have one name.</exception>
    public PostgresDatabases(IEnumerable<PostgresOptions> options, ParticipantSigner signer, GrainKeeperServerOptions server, ILogger<PostgresDatabases> logger)
    {
        foreach (var database in options)
        {
            if (!_databases.TryAdd(database.Participant, new PostgresParticipant(database, signer.Identify(database.Participant.Name), server.Transactions.Commit, logger)))
            {
                throw new ArgumentException($"database '{database}' is declared twice: in the configuration and by the host, perhaps", nameof(options));
            }
        }

        _watched = _databases.Count > 0 ? GrainKeeperMetrics.WatchPrepared(() => _databases.Values.Where(d => d.Leadership is not null).Select(Measure)) : null;
    }

    /// <summary>The database of a participant, or null.</summary>
    public PostgresParticipant? Find(ParticipantId participant) => _databases.GetValueOrDefault(participant);

    /// <summary>Why somebody may not use a database; null when he may, or when it is none.</summary>
    public string? RefusalOf(ParticipantId participant, Credentials who) => Find(participant) is not { } database || PostgresAccess.Allows(database.Options, who)
        ? null
        : $"none of the client's identities may use {participant}: the administrator sets transactions.{participant}.allow on the servers";

    /// <summary>This server leads a tree from now on.</summary>
    public void Lead(string? tree, CommitHost host, long epoch)
    {
        foreach (var database in Of(tree))
        {
            database.Lead(host, epoch);
        }
    }

    /// <summary>It does so no more.</summary>
    public void Resign(string? tree, long epoch)
    {
        foreach (var database in Of(tree))
        {
            database.Resign(epoch);
        }
    }

    /// <summary>All databases, by name.</summary>
    /// <param name="server">This server.</param>
    public DatabaseSummary[] Describe(int server) =>
        [.. _databases.Values.OrderBy(d => d.Options.Name, StringComparer.Ordinal).Select(d => Describe(d.Options, d.Leadership) with { Server = server, LogTree = d.Options.LogTree })];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _watched?.Dispose();
        foreach (var database in _databases.Values)
        {
            await database.DisposeAsync();
        }
    }

    private static DatabaseSummary Describe(PostgresOptions options, PostgresLeadership? leadership) => leadership is null
        ? new DatabaseSummary(options.Participant.Name, null, [])
        : new DatabaseSummary(
            options.Participant.Name, leadership.Problem, [.. leadership.Prepared.Select(p => new PreparedInDatabase(p.Mark.Gid, p.Mark.Id.ToString(), p.Since, p.Age, p.State))])
        {
            IsDriven = true, MaxPrepared = leadership.MaxPrepared, LookedAt = leadership.LookedAt,
        };

    private static (string Participant, int Count, long Oldest) Measure(PostgresParticipant database)
    {
        var prepared = database.Leadership?.Prepared ?? [];
        return (database.Options.Participant.Name, prepared.Count, prepared.Count > 0 ? prepared.Max(p => p.Age) : 0);
    }

    private IEnumerable<PostgresParticipant> Of(string? tree) => _databases.Values.Where(d => d.Options.LogTree == tree);
}

using GrainKeeper.Cluster.Tests.Processes;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.AtomicCommit.Sql;
using GrainKeeper.Grains.Transactions.Postgres;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace GrainKeeper.Transactions.Tests.Databases;

/// <summary>A PostgreSQL with accounts: a name, and a balance that must not fall below zero. Needs the Debian package postgresql.</summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private NpgsqlDataSource? _source;
    private int _identities;

    internal OutsideStore Store { get; private set; } = null!;

    internal NpgsqlDataSource Source => _source!;

    public async Task InitializeAsync()
    {
        Store = await OutsideStore.StartPostgresAsync("max_prepared_transactions=200", "max_connections=400", "deadlock_timeout=100ms");
        _source = NpgsqlDataSource.Create(ConnectionTo(Store));
        await RunAsync("CREATE TABLE account (name text PRIMARY KEY, balance int NOT NULL CHECK (balance >= 0))");
    }

    public async Task DisposeAsync()
    {
        await _source!.DisposeAsync();
        await Store.DisposeAsync();
    }

    internal static string ConnectionTo(OutsideStore store) => $"Host=127.0.0.1;Port={store.Port};Username=gk;Database=postgres;Timeout=5";

    /// <summary>What no other part of a test uses.</summary>
    internal string NewIdentity() => $"test{Interlocked.Increment(ref _identities)}";

    internal PostgresParticipant Participant(string identity, CommitOptions limits, Func<PostgresOptions, PostgresOptions>? change = null, ILogger? logger = null)
    {
        var options = new PostgresOptions { Name = "db", ConnectionString = ConnectionTo(Store), ResolveInterval = 200, OrphanAge = 0 };
        options = change?.Invoke(options) ?? options;
        options.Validate();
        return new PostgresParticipant(options, identity, limits, logger ?? NullLogger.Instance);
    }

    internal static byte[] Add(string account, int amount) => new SqlOperations(
        [new SqlStatement("UPDATE account SET balance = balance + $1 WHERE name = $2", [new SqlValue.BigInt(amount), new SqlValue.Text(account)], 1)]).Encode();

    internal async Task RunAsync(string text)
    {
        await using var command = Source.CreateCommand(text);
        await command.ExecuteNonQueryAsync();
    }

    internal async Task<T> AskAsync<T>(string text)
    {
        await using var command = Source.CreateCommand(text);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    internal Task OpenAccountAsync(string name) => RunAsync($"INSERT INTO account VALUES ('{name}', 100)");

    internal Task<int> BalanceAsync(string name) => AskAsync<int>($"SELECT balance FROM account WHERE name = '{name}'");

    internal async Task<string> PreparedAsync(string prefix) => await AskAsync<string>($"SELECT coalesce(string_agg(gid, ' ' ORDER BY gid), '') FROM pg_prepared_xacts WHERE starts_with(gid, '{prefix}')");

    /// <summary>Locks between sessions that are held for the participants.</summary>
    internal Task<long> LocksAsync() => AskAsync<long>("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'");
}

using System.Globalization;
using GrainKeeper.Contracts;
using GrainKeeper.Core.AtomicCommit.Sql;
using GrainKeeper.Grains.Transactions.Postgres;
using Npgsql;

namespace GrainKeeper.Cluster.Tests.Transactions;

/// <summary>A database with one row, a balance.</summary>
internal sealed class Vault : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;

    /// <param name="name">Of the database, and of the participant.</param>
    /// <param name="port">Of its server.</param>
    /// <param name="logTree">The tree that keeps its records.</param>
    public Vault(string name, int port, string logTree = TreeName.Root)
    {
        Options = new PostgresOptions
        {
            Name = name,
            ConnectionString = string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={port};Username=gk;Database={name}"),
            LogTree = logTree,
            ResolveInterval = 1_000,
            OrphanAge = 0,
            Allow = PostgresAccess.Parse("digest:teller:DXj4K+ZPs9xTlxuCFIFxVneu2uY="),
        };
        _source = NpgsqlDataSource.Create(Options.ConnectionString);
    }

    public PostgresOptions Options { get; }

    public static SqlStatement Add(int amount) => new("UPDATE vault SET balance = balance + $1", [new SqlValue.BigInt(amount)], 1);

    public async Task OpenAsync(int balance)
    {
        await using var command = _source.CreateCommand(
            string.Create(CultureInfo.InvariantCulture, $"CREATE TABLE vault (balance int NOT NULL CHECK (balance >= 0)); INSERT INTO vault VALUES ({balance})"));
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The balance; fails when somebody has locked the row.</summary>
    public async Task<int> BalanceAsync()
    {
        await using var command = _source.CreateCommand("SELECT balance FROM vault FOR UPDATE NOWAIT");
        return (int)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>What is prepared and locked in the server of the database, by whomever; empty when nothing is.</summary>
    public async Task<string> HeldAsync()
    {
        await using var command = _source.CreateCommand(
            "SELECT concat_ws(', ', (SELECT string_agg('prepared: ' || gid, ', ') FROM pg_prepared_xacts), " +
            "(SELECT string_agg(format('%s lock of %s', locktype, coalesce(pid::text, 'something prepared')), ', ') FROM pg_locks WHERE pid IS NULL OR locktype = 'advisory' OR relation = 'vault'::regclass))");
        return (string)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Connections of before are broken.</summary>
    public void Reconnect() => _source.Clear();

    public ValueTask DisposeAsync() => _source.DisposeAsync();
}

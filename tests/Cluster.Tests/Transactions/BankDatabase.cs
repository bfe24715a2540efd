using GrainKeeper.Cluster.Tests.Processes;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit.Sql;
using GrainKeeper.Grains.Transactions.Postgres;
using Npgsql;

namespace GrainKeeper.Cluster.Tests.Transactions;

/// <summary>The bank's vault, a row of a PostgreSQL database.</summary>
internal sealed class BankDatabase : IAsyncDisposable
{
    public const string Participant = PostgresOptions.Prefix + "bank";

    private readonly OutsideStore _store;
    private readonly NpgsqlDataSource _source;

    private BankDatabase(OutsideStore store)
    {
        _store = store;
        Options = new PostgresOptions { Name = "bank", ConnectionString = $"Host=127.0.0.1;Port={store.Port};Username=gk;Database=postgres", ResolveInterval = 1_000, OrphanAge = 0, Allow = PostgresAccess.Parse("digest:teller:DXj4K+ZPs9xTlxuCFIFxVneu2uY=") };
        _source = NpgsqlDataSource.Create(Options.ConnectionString);
    }

    /// <summary>Who may use it.</summary>
    public static TransactionProof Teller { get; } = new("digest", "teller:secret"u8.ToArray());

    public PostgresOptions Options { get; }

    public static async Task<BankDatabase> OpenAsync()
    {
        var database = new BankDatabase(await OutsideStore.StartPostgresAsync("max_prepared_transactions=100"));
        await using var command = database._source.CreateCommand("CREATE TABLE vault (balance int NOT NULL CHECK (balance >= 0)); INSERT INTO vault VALUES (100)");
        await command.ExecuteNonQueryAsync();
        return database;
    }

    public static byte[] Add(int amount) => new SqlOperations([new SqlStatement("UPDATE vault SET balance = balance + $1", [new SqlValue.BigInt(amount)], 1)]).Encode();

    public async Task<int> VaultAsync()
    {
        await using var command = _source.CreateCommand("SELECT balance FROM vault");
        return (int)(await command.ExecuteScalarAsync())!;
    }

    public async Task<long> PreparedAsync()
    {
        await using var command = _source.CreateCommand("SELECT count(*) FROM pg_prepared_xacts");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Ends the database as SIGKILL does.</summary>
    public Task KillAsync() => _store.KillAsync();

    /// <summary>Starts it again on its data; connections of before are broken.</summary>
    public async Task StartAgainAsync()
    {
        await _store.StartAgainAsync();
        _source.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await _store.DisposeAsync();
    }
}

using GrainKeeper.Cluster.Tests.Processes;
using GrainKeeper.Core.AtomicCommit;
using Npgsql;

namespace GrainKeeper.Cluster.Tests.Transactions;

/// <summary>A PostgreSQL server with two vaults, whose participants keep their records in different trees.</summary>
internal sealed class VaultServer : IAsyncDisposable
{
    private readonly OutsideStore _store;

    private VaultServer(OutsideStore store) => (_store, Bank, Branch) = (store, new Vault("bank", store.Port), new Vault("branch", store.Port, TreeBank.Right));

    public Vault Bank { get; }

    public Vault Branch { get; }

    public IReadOnlyList<ParticipantId> Participants => [Bank.Options.Participant, Branch.Options.Participant];

    public static async Task<VaultServer> OpenAsync(int balance)
    {
        // It flushes what it promises. Little memory, and after a crash one flush of the file system instead of one for each file, have it start again fast.
        var server = new VaultServer(await OutsideStore.StartPostgresAsync("fsync=on", "recovery_init_sync_method=syncfs", "shared_buffers=2MB", "max_prepared_transactions=100"));
        try
        {
            await using var source = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={server._store.Port};Username=gk;Database=postgres");
            foreach (var vault in (Vault[])[server.Bank, server.Branch])
            {
                await using var command = source.CreateCommand($"CREATE DATABASE {vault.Options.Name}");
                await command.ExecuteNonQueryAsync();
                await vault.OpenAsync(balance);
            }

            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends all its processes as SIGKILL does.</summary>
    public void Kill() => _store.Kill();

    /// <summary>Starts it again on its data.</summary>
    public async Task StartAgainAsync()
    {
        await _store.StartAgainAsync();
        Bank.Reconnect();
        Branch.Reconnect();
    }

    public async ValueTask DisposeAsync()
    {
        await Bank.DisposeAsync();
        await Branch.DisposeAsync();
        await _store.DisposeAsync();
    }
}

using GrainKeeper.Silo.Hosting;
using Npgsql;

namespace GrainKeeper.Silo.Membership;

/// <summary>Makes the tables of Orleans' membership when they are missing, before Orleans looks for them.</summary>
internal sealed class PostgresSchema(string connectionString) : ILifecycleParticipant<ISiloLifecycle>
{
    private const string Resource = "PostgresSchema.sql";

    // Any number, the same on all servers: they start together, and one of them makes the tables.
    private const long Turn = 0x674B_5C4E_4D41;

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(nameof(PostgresSchema), ServiceLifecycleStage.First, CreateAsync);

    private async Task CreateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var source = NpgsqlDataSource.Create(connectionString);
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            if (await ExistsAsync(connection, cancellationToken))
            {
                return;
            }

            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await using var wait = new NpgsqlCommand($"SELECT pg_advisory_xact_lock({Turn})", connection);
            await wait.ExecuteNonQueryAsync(cancellationToken);
            await using var script = new NpgsqlCommand(ReadScript(), connection);
            await script.ExecuteNonQueryAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        catch (PostgresException e)
        {
            throw new ServerStartException(
                ExitCodes.CannotStart, $"the membership tables in PostgreSQL are missing and cannot be made: {e.MessageText}; let the server's role create them, or run {Resource} as another", e);
        }
        catch (NpgsqlException e)
        {
            throw new ServerStartException(ExitCodes.CannotStart, $"PostgreSQL, which keeps the membership, does not answer: {e.Message.TrimEnd('.')}; check clustering.connectionString and the database", e);
        }
    }

    private static async Task<bool> ExistsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var ask = new NpgsqlCommand("SELECT to_regclass('orleansquery') IS NOT NULL AND to_regclass('orleansmembershiptable') IS NOT NULL", connection);
        return await ask.ExecuteScalarAsync(cancellationToken) is true;
    }

    private static string ReadScript()
    {
        using var stream = typeof(PostgresSchema).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

using Npgsql;

namespace GrainKeeper.Grains.Transactions.Postgres;

/// <summary>
/// Keeps overtaken leaders from preparing anything. A row in the database names the newest epoch. Whoever prepares holds the fence's lock shared from before it reads the row until its PREPARE TRANSACTION is over;
/// a new leader takes the lock alone and then writes its epoch. So what earlier leaders have prepared is in the database's list by then, and nothing of theirs is added to it afterwards.
/// </summary>
/// <param name="participant">The row's key: tells ensembles and participants apart.</param>
internal sealed class PostgresFence(string participant)
{
    private const string Table =
        "CREATE SCHEMA IF NOT EXISTS grainkeeper; CREATE TABLE IF NOT EXISTS grainkeeper.fence (participant text PRIMARY KEY, epoch bigint NOT NULL)";

    private const int MinVersion = 130_000;

    private readonly long _key = PostgresSession.KeyOf(participant);

    /// <summary>Writes the epoch, when nothing of earlier ones is being prepared any more.</summary>
    /// <returns>Why the database cannot take part, or null.</returns>
    public async Task<string?> ClaimAsync(NpgsqlConnection connection, long epoch, CancellationToken token)
    {
        if (await PostgresSession.AskAsync<int>(connection, "SELECT current_setting('server_version_num')::int", token) is var version && version < MinVersion)
        {
            return $"PostgreSQL {version / 10_000} is too old: 13 or later is needed";
        }

        if (await PostgresSession.AskAsync<int>(connection, "SELECT current_setting('max_prepared_transactions')::int", token) == 0)
        {
            return PostgresErrors.Disabled;
        }

        if (await PostgresSession.AskAsync<bool>(connection, "SELECT pg_is_in_recovery()", token))
        {
            return "this PostgreSQL is a standby: reach the primary, for example with Target Session Attributes=primary";
        }

        if (await PostgresSession.AskAsync<bool>(connection, "SELECT to_regclass('grainkeeper.fence') IS NULL", token))
        {
            try
            {
                await PostgresSession.RunAsync(connection, Table, token);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
            {
                return $"the role may not create the table grainkeeper.fence ({e.MessageText}): run as an owner: {Table}; and grant the role USAGE on the schema and SELECT, INSERT, UPDATE on the table";
            }
        }

        // Before the lock is taken: that ends the sessions of those that hold it, and these may be the later leader's.
        return await EpochAsync(connection, token) > epoch || !await WriteAsync(connection, epoch, token)
            ? $"a later leader than that of epoch {epoch} has claimed the database. If there is none, for example because the tree was made anew, delete the row '{participant}' from grainkeeper.fence"
            : null;
    }

    /// <summary>The epoch that has claimed the database; null when none has.</summary>
    public async Task<long?> EpochAsync(NpgsqlConnection connection, CancellationToken token) =>
        await PostgresSession.AskAsync<object>(connection, "SELECT epoch FROM grainkeeper.fence WHERE participant = $1", token, participant) as long?;

    /// <summary>Enters, for a connection that is to prepare something under an id.</summary>
    /// <returns>Whether the epoch is the newest.</returns>
    public async Task<bool> EnterAsync(NpgsqlConnection connection, PostgresMark mark, CancellationToken token)
    {
        await PostgresSession.RunAsync(connection, "SELECT pg_advisory_lock_shared($1), pg_advisory_lock($2)", token, _key, PostgresSession.KeyOf(mark.Gid));

        // A statement of its own: it must see what was committed before the lock was there.
        return await EpochAsync(connection, token) == mark.Epoch;
    }

    private async Task<bool> WriteAsync(NpgsqlConnection connection, long epoch, CancellationToken token)
    {
        try
        {
            await PostgresSession.TakeAsync(connection, _key, token);
            return await PostgresSession.RunAsync(
                connection,
                "INSERT INTO grainkeeper.fence AS f (participant, epoch) VALUES ($1, $2) ON CONFLICT (participant) DO UPDATE SET epoch = $2 WHERE f.epoch <= $2",
                token,
                participant,
                epoch) == 1;
        }
        finally
        {
            await PostgresSession.LeaveAsync(connection);
        }
    }
}

using System.Data;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace GrainKeeper.Grains.Transactions.Postgres;

/// <summary>What is said to a database, one thing a method.</summary>
internal static class PostgresSession
{
    // The class of errors with which a server ends a session.
    private const string Ended = "57P";

    private static readonly TimeSpan CleanUp = TimeSpan.FromSeconds(2);

    /// <summary>A session-level advisory lock belongs to a connection and not to what it prepares, and is free when the connection's process has ended.</summary>
    public static long KeyOf(string text) => BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes("GrainKeeper lock\n" + text)));

    /// <summary>
    /// A connection that answers. A pooled one may have broken since it was last used, with the server at its other end: then all of them have.
    /// </summary>
    public static async Task<NpgsqlConnection> OpenAsync(NpgsqlDataSource source, int lockTimeout, int statementTimeout, CancellationToken token)
    {
        for (var attempt = 1; ; attempt++)
        {
            var connection = await source.OpenConnectionAsync(token);
            try
            {
                // An end that is not durable would be no end. Preparing and finishing are durable whatever the setting; claims are not.
                await RunAsync(
                    connection,
                    "SELECT set_config('lock_timeout', $1, false), set_config('statement_timeout', $2, false), set_config('idle_in_transaction_session_timeout', '0', false), " +
                    "set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)",
                    token,
                    Math.Max(1, lockTimeout).ToString(CultureInfo.InvariantCulture),
                    Math.Max(1, statementTimeout).ToString(CultureInfo.InvariantCulture));
                return connection;
            }
            catch (NpgsqlException e) when (attempt == 1 && (e is not PostgresException told || told.SqlState.StartsWith(Ended, StringComparison.Ordinal)))
            {
                await connection.DisposeAsync();
                source.Clear();
            }
            catch
            {
                await connection.DisposeAsync();
                throw;
            }
        }
    }

    public static async Task<int> RunAsync(NpgsqlConnection connection, string text, CancellationToken token, params object[] parameters)
    {
        await using var command = Command(connection, text, parameters);
        return await command.ExecuteNonQueryAsync(token);
    }

    public static async Task<T?> AskAsync<T>(NpgsqlConnection connection, string text, CancellationToken token, params object[] parameters)
    {
        await using var command = Command(connection, text, parameters);
        return await command.ExecuteScalarAsync(token) is T value ? value : default;
    }

    /// <summary>
    /// Takes a lock for this connection alone. Whoever holds it works for a leadership or a transaction that is over, and is ended.
    /// </summary>
    public static async Task TakeAsync(NpgsqlConnection connection, long key, CancellationToken token)
    {
        if (await AskAsync<bool>(connection, "SELECT pg_try_advisory_lock($1)", token, key))
        {
            return;
        }

        try
        {
            await RunAsync(
                connection,
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND pid <> pg_backend_pid() " +
                "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND ((classid::bigint << 32) | objid::bigint) = $1",
                token,
                key);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            // Of another role; it ends by its own timeouts.
        }

        await RunAsync(connection, "SELECT pg_advisory_lock($1)", token, key);
    }

    /// <summary>Ends what a connection has begun and frees its locks; the pool would do so only when it is used again. One that does not answer has broken off, or ends with its server.</summary>
    public static async Task LeaveAsync(NpgsqlConnection connection)
    {
        using var patience = new CancellationTokenSource(CleanUp);
        try
        {
            if (connection.State == ConnectionState.Open)
            {
                await RunAsync(connection, "ROLLBACK", patience.Token);
                await RunAsync(connection, "SELECT pg_advisory_unlock_all()", patience.Token);
            }
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException)
        {
            // Whoever needs the locks ends the session.
        }
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string text, object[] parameters)
    {
        var command = new NpgsqlCommand(text, connection);
        foreach (var value in parameters)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return command;
    }
}

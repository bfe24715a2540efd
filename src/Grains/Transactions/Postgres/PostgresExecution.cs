using Npgsql;
using NpgsqlTypes;
using GrainKeeper.Core.AtomicCommit.Sql;

namespace GrainKeeper.Grains.Transactions.Postgres;

/// <summary>Runs a participant's statements in a transaction that is then prepared, or rolled back.</summary>
internal static class PostgresExecution
{
    private const string Number = "SELECT pg_current_xact_id()::text";

    /// <summary>Begins a transaction and runs the statements, in one exchange with the server.</summary>
    /// <returns>The transaction's number, or why the vote is No.</returns>
    public static async Task<(string? Xid, string? Problem)> RunAsync(NpgsqlConnection connection, SqlOperations operations, CancellationToken token)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"BEGIN ISOLATION LEVEL {LevelOf(operations.Isolation)}"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Number));
        var first = batch.BatchCommands.Count;
        foreach (var statement in operations.Statements)
        {
            batch.BatchCommands.Add(Command(statement));
        }

        batch.BatchCommands.Add(new NpgsqlBatchCommand(Number));
        string? before = null, after = null;
        try
        {
            await using var reader = await batch.ExecuteReaderAsync(token);
            before = await reader.ReadAsync(token) ? reader.GetString(0) : null;
            while (await reader.NextResultAsync(token))
            {
                // Only the last result is read: what statements return is counted, not kept.
                after = reader.FieldCount == 1 && reader.GetFieldType(0) == typeof(string) && await reader.ReadAsync(token) && !await reader.IsDBNullAsync(0, token) ? reader.GetString(0) : null;
            }
        }
        catch (PostgresException e) when (e.BatchCommand is NpgsqlBatchCommand failed && batch.BatchCommands.IndexOf(failed) - first is >= 0 and var index && index < operations.Statements.Count)
        {
            return (null, $"statement {index + 1}: {PostgresErrors.Describe(e)}");
        }

        for (var i = 0; i < operations.Statements.Count; i++)
        {
            var rows = (long)batch.BatchCommands[first + i].Rows;
            if (operations.Statements[i].Rows is { } expected && rows != expected)
            {
                return (null, $"statement {i + 1} concerns {rows} rows, {expected} were expected");
            }
        }

        return before is not null && before == after
            ? (before, null)
            : (null, "a statement has ended the transaction by itself: what it committed stays committed");
    }

    private static NpgsqlBatchCommand Command(SqlStatement statement)
    {
        var command = new NpgsqlBatchCommand(statement.Text);
        foreach (var value in statement.Parameters)
        {
            command.Parameters.Add(Parameter(value));
        }

        return command;
    }

    private static NpgsqlParameter Parameter(SqlValue value) => value switch
    {
        SqlValue.Text v => new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Text, Value = v.Value },
        SqlValue.BigInt v => new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Bigint, Value = v.Value },
        SqlValue.Double v => new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Double, Value = v.Value },
        SqlValue.Bool v => new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Boolean, Value = v.Value },
        SqlValue.Bytes v => new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Bytea, Value = v.Value },
        SqlValue.Numeric v => new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Numeric, Value = v.ToDecimal() },
        SqlValue.Literal v => new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Unknown, Value = v.Value },
        _ => new NpgsqlParameter { Value = DBNull.Value },
    };

    private static string LevelOf(SqlIsolation isolation) => isolation switch
    {
        SqlIsolation.RepeatableRead => "REPEATABLE READ",
        SqlIsolation.Serializable => "SERIALIZABLE",
        _ => "READ COMMITTED",
    };
}

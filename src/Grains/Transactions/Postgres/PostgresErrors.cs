using System.Net.Sockets;
using Npgsql;

namespace GrainKeeper.Grains.Transactions.Postgres;

/// <summary>Says what went wrong in a database, for callers and logs; never how it is reached.</summary>
internal static class PostgresErrors
{
    /// <summary>What PostgreSQL needs before it can take part.</summary>
    public const string Disabled =
        "max_prepared_transactions is 0: set it in postgresql.conf to at least the transactions under way at a time, for example 100, and restart PostgreSQL";

    /// <summary>A prepared transaction of that id is not there.</summary>
    public static bool IsGone(PostgresException e) => e.SqlState == PostgresErrorCodes.UndefinedObject;

    /// <summary>Why, in one line.</summary>
    public static string Describe(Exception error) => error switch
    {
        PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected } e => $"deadlock in the database: {e.MessageText}",
        PostgresException { SqlState: PostgresErrorCodes.SerializationFailure } e => $"another transaction has changed what this one reads or writes: {e.MessageText}",
        PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable } => "another transaction holds a lock in the database for longer than LockWait",
        PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } => "the database took longer than LockWait and ResourcePatience allow",
        PostgresException { SqlState: PostgresErrorCodes.ObjectNotInPrerequisiteState } e when e.MessageText.StartsWith("prepared transactions are disabled", StringComparison.Ordinal) => Disabled,
        PostgresException { SqlState: PostgresErrorCodes.OutOfMemory } e => $"{e.MessageText}: raise max_prepared_transactions or max_locks_per_transaction, or shared memory, and restart PostgreSQL",
        PostgresException e => $"{e.SqlState}: {e.MessageText}",
        OperationCanceledException or TimeoutException => "the database did not answer in time",
        NpgsqlException { InnerException: TimeoutException } => "the database did not answer in time",
        NpgsqlException { InnerException: SocketException e } => $"the database cannot be reached: {e.SocketErrorCode}",
        NpgsqlException => "the connection to the database broke, or could not be made",
        NotSupportedException => "a statement holds more than one, or a value that cannot be sent",
        _ => $"{error.GetType().Name} in the database's client",
    };
}

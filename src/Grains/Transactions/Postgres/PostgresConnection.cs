using Npgsql;

namespace GrainKeeper.Grains.Transactions.Postgres;

/// <summary>Reads connection strings, without connecting and without repeating them.</summary>
public static class PostgresConnection
{
    /// <summary>Longest connection string, in characters.</summary>
    public const int MaxLength = 4_096;

    /// <summary>Most transactions that are being finished at a time; others wait.</summary>
    internal const int Finishing = 16;

    private const int Spare = 4;

    /// <summary>What is wrong with a connection string, without the string itself; null when nothing is.</summary>
    public static string? Check(string? text)
    {
        if (text is null || text.Length is 0 or > MaxLength)
        {
            return $"has {text?.Length ?? 0} characters, 1 to {MaxLength} are allowed";
        }

        try
        {
            return string.IsNullOrWhiteSpace(new NpgsqlConnectionStringBuilder(text).Host) ? "names no Host" : null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException or KeyNotFoundException)
        {
            // The parser's message may repeat the string, password and all.
            return "cannot be parsed";
        }
    }

    /// <summary>Opens nothing yet. Settings on which correctness depends are ours.</summary>
    /// <param name="options">The database.</param>
    internal static NpgsqlDataSource Source(PostgresOptions options)
    {
        var text = new NpgsqlConnectionStringBuilder(options.ConnectionString)
        {
            // Commands are ended by tokens. Locks belong to sessions, and Orleans' or a caller's ambient transactions are none of ours.
            CommandTimeout = 0,
            CancellationTimeout = 1_000,
            Multiplexing = false,
            Enlist = false,
            NoResetOnClose = false,
            IncludeFailedBatchedCommand = true,
            Pooling = true,
            MaxPoolSize = options.MaxPreparing + Finishing + Spare,
            MinPoolSize = 0,
        };
        text.ApplicationName ??= $"GrainKeeper {options}";
        return new NpgsqlDataSourceBuilder(text.ConnectionString).Build();
    }
}

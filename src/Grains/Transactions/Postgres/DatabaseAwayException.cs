namespace GrainKeeper.Grains.Transactions.Postgres;

/// <summary>A database has not carried out a decision yet; it will be asked again.</summary>
internal sealed class DatabaseAwayException : Exception
{
    public DatabaseAwayException(string message)
        : base(message)
    {
    }

    public DatabaseAwayException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

namespace GrainKeeper.Grains.Transactions.Postgres;

/// <summary>What is about to be sent to a database, for tests that stop there.</summary>
internal enum PostgresStep
{
    Connect,
    Lock,
    Execute,
    Prepare,
    Confirm,
    Answer,
    Commit,
    Committed,
    Rollback,
    RolledBack,
}

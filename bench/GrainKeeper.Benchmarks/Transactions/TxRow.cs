using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Benchmarks.Transactions;

/// <summary>One row of the result.</summary>
/// <param name="Protocol">The protocol.</param>
/// <param name="Participants">How many participants, the slow one among them.</param>
/// <param name="SlowMs">By how much one participant's vote is late; 0 for none.</param>
/// <param name="Clients">Transactions under way at once.</param>
/// <param name="Committed">How many were committed.</param>
/// <param name="Aborted">How many were aborted.</param>
/// <param name="InDoubt">Of how many the client did not learn the outcome.</param>
/// <param name="PerSecond">Committed ones a second.</param>
/// <param name="P50">Median of the milliseconds from the submission to the outcome.</param>
/// <param name="P95">95th percentile.</param>
/// <param name="P99">99th percentile.</param>
/// <param name="ServerCpu">Microseconds of the servers' processors for each committed transaction.</param>
internal sealed record TxRow(
    CommitProtocol Protocol, int Participants, int SlowMs, int Clients, int Committed, int Aborted, int InDoubt, double PerSecond, double P50, double P95, double P99, double ServerCpu);

using GrainKeeper.Contracts.Peers;
using Orleans.Concurrency;

namespace GrainKeeper.Contracts.Transactions;

/// <summary>A grain that hosts parties of transactions and takes messages for them from other servers.</summary>
[Alias("gk.ICommitGrain")]
public interface ICommitGrain : IGrainWithStringKey
{
    /// <summary>
    /// Queues the messages of a batch and returns at once; never waits for their effects. Whatever the answer, the parties send again what they still need: batches are not repeated.
    /// </summary>
    [AlwaysInterleave, Alias("DeliverCommitBatch")]
    Task<PeerBatchOutcome> DeliverCommitBatch(CommitBatch batch);
}

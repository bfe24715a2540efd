using Orleans.Concurrency;

namespace GrainKeeper.Contracts.Peers;

/// <summary>
/// A peer grain whose batches may also be posted: several are under way at once and none is answered by itself. The receipt travels with the next batch in the other
/// direction, or alone when there is none.
/// </summary>
[Alias("gk.IPostedPeerGrain")]
public interface IPostedPeerGrain : IPeerGrain
{
    /// <summary>Queues the messages of a batch.</summary>
    [OneWay, AlwaysInterleave, Alias("PostPeerBatch")]
    Task PostPeerBatch(PeerBatch batch);

    /// <summary>Takes a receipt that found no batch to travel with.</summary>
    [OneWay, AlwaysInterleave, Alias("AcknowledgePeerBatches")]
    Task AcknowledgePeerBatches(PeerBatchReceipt receipt);
}

using Orleans.Concurrency;

namespace GrainKeeper.Contracts.Peers;

/// <summary>A grain that takes batches of a peer's messages.</summary>
[Alias("gk.IPeerGrain")]
public interface IPeerGrain : IGrainWithStringKey
{
    /// <summary>Queues the messages of a batch and returns at once; never waits for their effects.</summary>
    [AlwaysInterleave, Alias("DeliverPeerBatch")]
    Task<PeerBatchAck> DeliverPeerBatch(PeerBatch batch);
}

using GrainKeeper.Contracts.Peers;

namespace GrainKeeper.Grains.Peers;

/// <summary>How a link reaches its peer.</summary>
/// <param name="Call">Delivers a batch and brings the answer.</param>
/// <param name="Post">Sends a batch without waiting; null when the peer takes calls only.</param>
/// <param name="Acknowledge">Sends a receipt for batches that the peer has posted; null as above.</param>
internal sealed record PeerWire(Func<PeerBatch, Task<PeerBatchAck>> Call, Action<PeerBatch>? Post = null, Action<PeerBatchReceipt>? Acknowledge = null);

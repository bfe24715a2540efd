namespace GrainKeeper.Contracts.Peers;

/// <summary>What a receiver says of batches that were posted to it: how far it has taken them, or why it has not.</summary>
/// <param name="Receiver">The id of the receiving server, which sends this.</param>
/// <param name="ReceiverIncarnation">The start of the receiver.</param>
/// <param name="SenderIncarnation">The start of the sender whose batches are meant.</param>
/// <param name="Link">The incarnation of the sender's link.</param>
/// <param name="Taken">All batches up to this number are queued for the receiver's core.</param>
/// <param name="Outcome">What became of the last batch that came.</param>
/// <param name="Reason">Why it was not accepted, for the log; null when it was.</param>
/// <param name="TreeCreated">The receiver's tree, as in <see cref="PeerBatch.TreeCreated"/>.</param>
/// <param name="Proof">Shows that the receiver knows the ensemble's secret, as in <see cref="PeerBatch.Proof"/>.</param>
[GenerateSerializer, Immutable, Alias("gk.PeerBatchReceipt")]
public sealed record PeerBatchReceipt(
    [property: Id(0)] int Receiver,
    [property: Id(1)] long ReceiverIncarnation,
    [property: Id(2)] long SenderIncarnation,
    [property: Id(3)] long Link,
    [property: Id(4)] long Taken,
    [property: Id(5)] PeerBatchOutcome Outcome,
    [property: Id(6)] string? Reason,
    [property: Id(7)] long TreeCreated,
    [property: Id(8)] byte[] Proof);

namespace GrainKeeper.Contracts.Peers;

/// <summary>The answer to a <see cref="PeerBatch"/>, given when the batch is queued and before it is worked on.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="ReceiverIncarnation">The start of the receiver; when it differs from the one of earlier answers, what the receiver knew of the link is gone.</param>
/// <param name="Reason">Why it was not accepted, for the log; null when it was.</param>
[GenerateSerializer, Immutable, Alias("gk.PeerBatchAck")]
public sealed record PeerBatchAck(
    [property: Id(0)] PeerBatchOutcome Outcome,
    [property: Id(1)] long ReceiverIncarnation,
    [property: Id(2)] string? Reason);

namespace GrainKeeper.Contracts.Trees;

/// <summary>Frames of a server to a client.</summary>
/// <param name="Number">The batch's number; 0 when it is empty.</param>
/// <param name="Bytes">Complete frames, each after its length as 4 bytes, big-endian.</param>
/// <param name="ClosedReason">Why the connection has ended; null while it has not. Nothing follows it.</param>
[GenerateSerializer, Immutable, Alias("gk.ReceivedBatch")]
public sealed record ReceivedBatch(
    [property: Id(0)] long Number,
    [property: Id(1)] byte[] Bytes,
    [property: Id(2)] string? ClosedReason);

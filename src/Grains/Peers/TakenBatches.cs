namespace GrainKeeper.Grains.Peers;

/// <summary>How far a peer's posted batches were taken.</summary>
/// <param name="Incarnation">The start of the peer.</param>
/// <param name="Link">The incarnation of its link.</param>
/// <param name="Number">All up to this number were taken.</param>
internal readonly record struct TakenBatches(long Incarnation, long Link, long Number);

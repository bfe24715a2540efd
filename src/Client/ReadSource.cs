namespace GrainKeeper.Client;

/// <summary>Where a read was answered from.</summary>
/// <param name="Server">The server's id.</param>
/// <param name="Zxid">The last transaction that it had applied: the answer shows the state after it.</param>
/// <param name="WithoutQuorum">
/// Whether it was out of touch with a quorum: then newer state may be acknowledged elsewhere, for any length of time. Only a read of <see cref="ReadConsistency.Eventual"/> is answered so.
/// </param>
public readonly record struct ReadSource(int Server, long Zxid, bool WithoutQuorum);

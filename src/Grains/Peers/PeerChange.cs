using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Grains.Peers;

/// <summary>A peer came up or went down.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="Generation">The Orleans generation of its silo in that period of being up: a larger one means that the process has restarted since.</param>
/// <param name="Period">Counts the periods of being up of all peers since this process started; the same for an Up and the Down that ends it.</param>
/// <param name="Reason">For the log: why it went down, or how it came up.</param>
public sealed record PeerChange(ServerId Peer, int Generation, long Period, string Reason);

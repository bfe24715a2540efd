using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Grains.Peers;

/// <summary>
/// Which servers of the ensemble this server is in touch with, learned from a connection that is held open to each of them.
/// A broken connection is noticed within milliseconds; a peer that hangs without dropping it is found by ZAB's ticks, not here.
/// Give <see cref="DownToken"/> to every call to a peer: Orleans itself leaves a call to a dead silo hanging until its response timeout.
/// </summary>
/// <remarks>
/// Events come from one dispatcher, one at a time, in order: for each peer Up and Down alternate, starting with Up.
/// Handlers must return quickly and must not throw. Subscribe before reading <see cref="IsUp"/>, or an edge may be missed.
/// </remarks>
public interface IPeerLiveness
{
    /// <summary>A peer can be called: its silo is known to Orleans under <see cref="PeerChange.Generation"/> and answers.</summary>
    event Action<PeerChange>? PeerUp;

    /// <summary>The connection to a peer is gone, or the peer has restarted. The down token of that period is already cancelled.</summary>
    event Action<PeerChange>? PeerDown;

    /// <summary>Whether the peer is up now. Always true for this server itself, false for a stranger.</summary>
    bool IsUp(ServerId peer);

    /// <summary>
    /// A token that is cancelled when the peer goes down. While it is down, and for a stranger, an already cancelled token;
    /// for this server itself one that never is. Ask again for every call: a token belongs to one period of being up.
    /// </summary>
    CancellationToken DownToken(ServerId peer);
}

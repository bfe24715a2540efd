using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Election;

/// <summary>What happens to an election core.</summary>
public abstract record ElectionInput
{
    private ElectionInput()
    {
    }

    /// <summary>The server has no leader (any more): begin a new round.</summary>
    /// <param name="LastZxid">The last zxid in its log.</param>
    /// <param name="CurrentEpoch">Its current epoch.</param>
    public sealed record StartLooking(Zxid LastZxid, Epoch CurrentEpoch) : ElectionInput;

    /// <summary>A peer's message has arrived.</summary>
    /// <param name="From">Who sent it, as the link says (not as the message claims).</param>
    /// <param name="Message">The message.</param>
    public sealed record MessageReceived(ServerId From, ElectionMessage Message) : ElectionInput;

    /// <summary>A link to the peer has come up: tell it the current vote without waiting for the next resend.</summary>
    /// <param name="Peer">The peer.</param>
    public sealed record PeerConnected(ServerId Peer) : ElectionInput;

    /// <summary>The link to the peer is gone.</summary>
    /// <param name="Peer">The peer.</param>
    public sealed record PeerLost(ServerId Peer) : ElectionInput;

    /// <summary>The elected leader's epoch is established with a quorum: votes told from now on carry it.</summary>
    /// <param name="Epoch">The new epoch.</param>
    public sealed record EpochEstablished(Epoch Epoch) : ElectionInput;

    /// <summary>Another configuration is in force.</summary>
    /// <param name="Configuration">The configuration.</param>
    public sealed record ConfigurationChanged(QuorumConfiguration Configuration) : ElectionInput;

    /// <summary><see cref="IElection.NextDeadline"/> has come.</summary>
    public sealed record Tick : ElectionInput;
}

using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Election;

/// <summary>What an election core asks of its host.</summary>
public abstract record ElectionEffect : Effect
{
    private ElectionEffect()
    {
    }

    /// <summary>Send a message to a peer. May be lost: the core resends.</summary>
    /// <param name="To">The peer.</param>
    /// <param name="Message">The message.</param>
    public sealed record Send(ServerId To, ElectionMessage Message) : ElectionEffect;

    /// <summary>The round is decided. The host tells the server's replica, which becomes leader, follower or observer.</summary>
    /// <param name="Leader">The elected server; this server itself when it leads.</param>
    /// <param name="Round">The round (logical clock) in which it was elected.</param>
    public sealed record Elected(ServerId Leader, long Round) : ElectionEffect;
}

using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <summary>What happens to a ZAB core.</summary>
public abstract record ZabInput
{
    private ZabInput()
    {
    }

    /// <summary>The election has chosen a leader.</summary>
    /// <param name="Leader">The leader; this server itself when it leads.</param>
    public sealed record Elected(ServerId Leader) : ZabInput;

    /// <summary>A message of a peer.</summary>
    /// <param name="From">Who sent it, as the link says.</param>
    /// <param name="Envelope">The message.</param>
    public sealed record MessageReceived(ServerId From, ZabEnvelope Envelope) : ZabInput;

    /// <summary>The link to the peer broke: messages under way may be lost.</summary>
    /// <param name="Peer">The peer.</param>
    public sealed record PeerLost(ServerId Peer) : ZabInput;

    /// <summary>All disk effects with a token up to this one are done and durable, in order.</summary>
    /// <param name="Token">The token.</param>
    public sealed record Persisted(long Token) : ZabInput;

    /// <summary>The answer to <see cref="ZabEffect.ReadLog"/>.</summary>
    /// <param name="RequestId">The request.</param>
    /// <param name="Txns">The transactions, contiguous from the first after the requested position; null when the log does not go back so far (any more).</param>
    public sealed record LogRead(long RequestId, IReadOnlyList<Txn>? Txns) : ZabInput;

    /// <summary>
    /// The application cannot make sense of a peer's message: close the channel to it. For an application that takes messages out of the step; within it,
    /// <see cref="IZabApplication.MessageReceived"/> throws.
    /// </summary>
    /// <param name="Peer">The peer.</param>
    /// <param name="Problem">What is wrong with the message.</param>
    public sealed record MessageRefused(ServerId Peer, string Problem) : ZabInput;

    /// <summary>Leave the present role and look for a leader; a leader tells its learners first. Used for a graceful shutdown.</summary>
    /// <param name="Reason">For the log.</param>
    public sealed record StepDown(string Reason) : ZabInput;

    /// <summary>
    /// A peer knows that a reconfiguration is committed. When this server has it in its log but has not heard of its commit, the configuration before it is no
    /// longer asked for (before <see cref="ZabPhase.Broadcast"/> only: from there on ZAB itself tells). A leader that does not have it in its log is out of date and steps down.
    /// </summary>
    /// <param name="Version">The reconfiguration's zxid.</param>
    public sealed record ConfigurationCommitted(Zxid Version) : ZabInput;

    /// <summary>The NextDeadline of the core has come.</summary>
    public sealed record Tick : ZabInput;
}

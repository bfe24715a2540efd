using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client.Errors;

/// <summary>
/// The session has ended before a write that was sent was answered: it was carried out once or not at all, and no server remembers which. What it made that belongs to the session is gone
/// either way; anything else it made or changed has a zxid greater than <paramref name="lastZxid"/>.
/// </summary>
/// <param name="message">What happened, with the path where there is one.</param>
/// <param name="operation">What was asked for.</param>
/// <param name="path">The path as the caller gave it, or null.</param>
/// <param name="sessionId">The session that has ended: transactions in the servers' log name it.</param>
/// <param name="requestNumber">The write's number in that session, the <c>cxid</c> of its transaction.</param>
/// <param name="lastZxid">The last transaction that the session had seen.</param>
/// <param name="reason">Why the session has ended.</param>
public sealed class OutcomeUnknownException(string message, OpCode operation, string? path, long sessionId, int requestNumber, long lastZxid, Exception reason)
    : GrainKeeperException(ErrorCode.SessionExpired, message, path, reason)
{
    /// <summary>What was asked for.</summary>
    public OpCode Operation { get; } = operation;

    /// <summary>The session that has ended.</summary>
    public long SessionId { get; } = sessionId;

    /// <summary>The write's number in the session.</summary>
    public int RequestNumber { get; } = requestNumber;

    /// <summary>The last transaction that the session had seen.</summary>
    public long LastZxid { get; } = lastZxid;

    /// <inheritdoc/>
    public override bool IsOutcomeUnknown => true;
}

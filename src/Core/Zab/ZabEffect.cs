using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <summary>
/// What a ZAB core asks of its host. Disk effects carry growing tokens and must be carried out in their order; when one is durable the
/// host answers with <see cref="ZabInput.Persisted"/> of its token (which covers all before it). A disk effect that fails ends the server.
/// </summary>
public abstract record ZabEffect : Effect
{
    private ZabEffect()
    {
    }

    /// <summary>Send to a peer: in order, at most once; a loss must be reported as <see cref="ZabInput.PeerLost"/>.</summary>
    /// <param name="To">The peer.</param>
    /// <param name="Envelope">The message.</param>
    public sealed record Send(ServerId To, ZabEnvelope Envelope) : ZabEffect;

    /// <summary>Append to the log.</summary>
    /// <param name="Txns">At least one, in order, following the log's last.</param>
    /// <param name="Token">To be confirmed.</param>
    public sealed record Append(IReadOnlyList<Txn> Txns, long Token) : ZabEffect;

    /// <summary>Cut the log after a zxid, with every snapshot that began after it, so that what is cut never comes back, and confirm only then.</summary>
    /// <param name="KeepUpTo">The last zxid to keep.</param>
    /// <param name="Token">To be confirmed.</param>
    public sealed record TruncateLog(Zxid KeepUpTo, long Token) : ZabEffect;

    /// <summary>Replace the accepted epoch's file.</summary>
    /// <param name="Epoch">The epoch.</param>
    /// <param name="Token">To be confirmed.</param>
    public sealed record WriteAcceptedEpoch(Epoch Epoch, long Token) : ZabEffect;

    /// <summary>Replace the current epoch's file, after everything before it is durable.</summary>
    /// <param name="Epoch">The epoch.</param>
    /// <param name="Token">To be confirmed.</param>
    public sealed record WriteCurrentEpoch(Epoch Epoch, long Token) : ZabEffect;

    /// <summary>A leader's state begins to arrive: write it beside the present data.</summary>
    /// <param name="Zxid">The zxid after which the log will go on.</param>
    public sealed record BeginSnapshotInstall(Zxid Zxid) : ZabEffect;

    /// <summary>A part of it, in order.</summary>
    /// <param name="Data">The bytes.</param>
    public sealed record SnapshotInstallChunk(ReadOnlyMemory<byte> Data) : ZabEffect;

    /// <summary>It is complete: atomically make it the state to start from, and drop the whole log before it.</summary>
    /// <param name="Zxid">As at its beginning.</param>
    /// <param name="Token">To be confirmed.</param>
    public sealed record CommitSnapshotInstall(Zxid Zxid, long Token) : ZabEffect;

    /// <summary>It will not be completed: forget it.</summary>
    public sealed record AbandonSnapshotInstall : ZabEffect;

    /// <summary>
    /// Read transactions that are durable. Answered by <see cref="ZabInput.LogRead"/>, with an empty list when none lies between. Such reads also
    /// ask whether one certain transaction is there.
    /// </summary>
    /// <param name="RequestId">To be answered. Those below 0 are not ZAB's own, but the replica's around it.</param>
    /// <param name="After">Read those with a greater zxid …</param>
    /// <param name="UpTo">… up to this one.</param>
    /// <param name="MaxBytes">Stop after about so many bytes, but give at least one transaction.</param>
    public sealed record ReadLog(long RequestId, Zxid After, Zxid UpTo, int MaxBytes) : ZabEffect;

    /// <summary>
    /// Memory is ahead of the log that was cut: after the disk effects before this one, load snapshot and log again and build a new core from them.
    /// The old one takes no further input.
    /// </summary>
    /// <param name="Reason">For the log.</param>
    public sealed record Restart(string Reason) : ZabEffect;

    /// <summary>
    /// A peer sent what no sound server sends. Its channel is closed; this server goes on. To be logged and counted: the peer runs other software, or one
    /// of the two has a defect.
    /// </summary>
    /// <param name="Peer">The peer.</param>
    /// <param name="Problem">What is wrong.</param>
    public sealed record PeerAtFault(ServerId Peer, string Problem) : ZabEffect;

    /// <summary>The role or phase has changed. On <see cref="ZabRole.Looking"/> the host starts an election with the history given.</summary>
    /// <param name="Role">The role.</param>
    /// <param name="Phase">The phase.</param>
    /// <param name="Leader">The leader, or null while looking.</param>
    /// <param name="CurrentEpoch">The current epoch.</param>
    /// <param name="LastLogged">The last zxid of the log.</param>
    /// <param name="Reason">Why; for the log.</param>
    public sealed record RoleChanged(ZabRole Role, ZabPhase Phase, ServerId? Leader, Epoch CurrentEpoch, Zxid LastLogged, string Reason) : ZabEffect;
}

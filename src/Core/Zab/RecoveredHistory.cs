using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <summary>What a server finds on its disk when it starts.</summary>
/// <param name="AcceptedEpoch">The last epoch it promised to a prospective leader.</param>
/// <param name="CurrentEpoch">The last epoch whose history it made durable; at most <paramref name="AcceptedEpoch"/>.</param>
/// <param name="LastLogged">The last zxid in its log (or of its snapshot, when the log is empty).</param>
/// <param name="OldestLogged">The lowest zxid that the log can still be read after and cut back to: transactions with a greater zxid are all there, and the
/// state at this zxid can be rebuilt (from a snapshot that began at it or before). <see cref="Zxid.Zero"/> when the whole log is there.</param>
/// <param name="Recent">The newest transactions of the log, in order, ending with <paramref name="LastLogged"/>; may be empty.</param>
public sealed record RecoveredHistory(
    Epoch AcceptedEpoch,
    Epoch CurrentEpoch,
    Zxid LastLogged,
    Zxid OldestLogged,
    IReadOnlyList<Txn> Recent);

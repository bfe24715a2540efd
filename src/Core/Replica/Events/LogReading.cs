using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Replica.Events;

/// <summary>Transactions that a client's request waits for, or the answer.</summary>
/// <param name="after">Those after this one …</param>
/// <param name="upTo">… up to this one.</param>
internal sealed class LogReading(Zxid after, Zxid upTo)
{
    public Zxid After => after;

    public Zxid UpTo => upTo;

    public bool IsDone { get; private set; }

    /// <summary>What was read; null when the log does not go back so far.</summary>
    public IReadOnlyList<Txn>? Txns { get; private set; }

    public void Complete(IReadOnlyList<Txn>? txns) => (IsDone, Txns) = (true, txns);
}

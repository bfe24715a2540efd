using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Grains.Transactions;

/// <summary>Brings messages to the servers that host their receivers.</summary>
internal interface ICommitRouter
{
    /// <summary>Sends; never waits, and may lose it.</summary>
    /// <param name="delivery">The message.</param>
    /// <param name="terms">What the sender knows of the transaction: where acceptors and leaders live. Null when it knows nothing.</param>
    void Send(CommitDelivery delivery, TransactionTerms? terms);
}

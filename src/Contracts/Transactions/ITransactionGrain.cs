using Orleans.Concurrency;

namespace GrainKeeper.Contracts.Transactions;

/// <summary>
/// A server's part in the transactions whose home is a tree, and in those of participants that keep their records in it. Key: <see cref="ServerGrainKey"/>. It does its work while its server leads
/// the tree; otherwise it answers <see cref="TransactionStatus.NotLeader"/> and names the leader.
/// </summary>
[Alias("gk.ITransactionGrain")]
public interface ITransactionGrain : ICommitGrain
{
    /// <summary>Allots an id, sealed so that only its owner can submit it. Only this leadership may begin it; the id costs nothing when it is not used.</summary>
    [AlwaysInterleave, Alias("AllotTransaction")]
    Task<TransactionAnswer> AllotTransaction();

    /// <summary>
    /// Runs a transaction and waits for its outcome. Repeated under the same id it runs once: while it runs the call waits as well, afterwards it tells the outcome. What it may do is judged by the
    /// identities that the caller proves to this server, each time.
    /// </summary>
    /// <param name="submission">The transaction.</param>
    /// <param name="waitMilliseconds">How long to wait for the outcome, 0 to <see cref="TransactionSubmission.MaxWait"/>; other values are taken as the nearest limit.</param>
    [AlwaysInterleave, Alias("SubmitTransaction")]
    Task<TransactionAnswer> SubmitTransaction(TransactionSubmission submission, int waitMilliseconds);

    /// <summary>The outcome of a transaction, as far as it is known here.</summary>
    /// <param name="query">The transaction.</param>
    /// <param name="waitMilliseconds">How long to wait for it, as with <see cref="SubmitTransaction"/>.</param>
    [AlwaysInterleave, Alias("AskTransaction")]
    Task<TransactionAnswer> AskTransaction(TransactionQuery query, int waitMilliseconds);

    /// <summary>The databases whose records the tree keeps, and what is prepared in them; empty when this server does not lead the tree.</summary>
    [AlwaysInterleave, Alias("ListDatabases")]
    Task<DatabaseSummary[]> ListDatabases();

    /// <summary>
    /// Decides by hand for a participant in doubt (a heuristic decision). If the protocol decides otherwise, the participants disagree for good. Only with a proof that the servers know as super.
    /// Answers what the participant has decided: <see cref="TransactionStatus.Committed"/>, <see cref="TransactionStatus.Aborted"/>, or <see cref="TransactionStatus.InDoubt"/> while that is being written.
    /// </summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="participant">The participant.</param>
    /// <param name="commit">Whether to commit.</param>
    /// <param name="proofs">The administrator's.</param>
    [AlwaysInterleave, Alias("ResolveTransaction")]
    Task<TransactionAnswer> ResolveTransaction(string transaction, string participant, bool commit, TransactionProof[] proofs);

    /// <summary>
    /// A participant's grain says which transactions it holds, and learns which of them are over and which others it must hold. For grains of the ensemble's silos only.
    /// </summary>
    [AlwaysInterleave, Alias("HoldTransactions")]
    Task<ParticipantHoldings> HoldTransactions(ParticipantClaim claim);
}

using Orleans.Concurrency;

namespace GrainKeeper.Contracts.Transactions;

/// <summary>What a server knows of transactions, whichever of their parties it hosts and hosted. Key: <see cref="ServerGrainKey"/> of the root tree. Answers whoever leads, and changes nothing.</summary>
[Alias("gk.ITransactionMonitorGrain")]
public interface ITransactionMonitorGrain : IGrainWithStringKey
{
    /// <summary>The parties hosted on this server, the unfinished ones first, then by age, the oldest first.</summary>
    /// <param name="limit">Most to list, 1 to 10,000; other values are taken as the nearest limit.</param>
    [AlwaysInterleave, Alias("ListTransactions")]
    Task<TransactionSummary[]> ListTransactions(int limit);

    /// <summary>What the parties on this server have seen of a transaction, while it is remembered: what one host has seen in its order, one host after the other.</summary>
    /// <param name="query">The transaction.</param>
    [AlwaysInterleave, Alias("ShowTransaction")]
    Task<TransactionLine[]> ShowTransaction(TransactionQuery query);

    /// <summary>
    /// The transactions that trees have prepared and not finished, by tree and id, as this server's copies of the trees say: whoever leads them, and also while nobody does. A follower may be a little behind.
    /// </summary>
    /// <param name="limit">Most to list of each tree, 1 to 10,000; other values are taken as the nearest limit.</param>
    /// <param name="proofs">The administrator's, to be told the locked paths as well; otherwise empty.</param>
    [AlwaysInterleave, Alias("ListInDoubt")]
    Task<InDoubtSummary[]> ListInDoubt(int limit, TransactionProof[] proofs);

    /// <summary>All databases that are declared on this server, by name. What is known of them is in the answer of the server that drives them, which leads the tree of their records.</summary>
    [AlwaysInterleave, Alias("ListDatabases")]
    Task<DatabaseSummary[]> ListDatabases();

    /// <summary>
    /// The ensemble's trees besides the root tree, by name, as its leader knows them and a quorum confirms after the question: none that was created before is missing. Null when this server does not lead the root
    /// tree.
    /// </summary>
    [AlwaysInterleave, Alias("ListTrees")]
    Task<string[]?> ListTrees();
}

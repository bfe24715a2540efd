using GrainKeeper.Contracts.Peers;
using GrainKeeper.Contracts.Transactions;

namespace GrainKeeper.Client.Tests.Transactions;

/// <summary>What a server's door answers, as a test says.</summary>
internal sealed class FakeDoor : ITransactionGrain
{
    public Func<Task<TransactionAnswer>>? Allot { get; set; }

    public Func<TransactionSubmission, int, Task<TransactionAnswer>>? Submit { get; set; }

    public Func<TransactionQuery, Task<TransactionAnswer>>? Ask { get; set; }

    public Func<string, bool, TransactionProof[], TransactionAnswer>? Resolve { get; set; }

    public List<TransactionSubmission> Submissions { get; } = [];

    public Task<TransactionAnswer> AllotTransaction() => Allot!();

    public Task<TransactionAnswer> SubmitTransaction(TransactionSubmission submission, int waitMilliseconds)
    {
        Submissions.Add(submission);
        return Submit!(submission, waitMilliseconds);
    }

    public Task<TransactionAnswer> AskTransaction(TransactionQuery query, int waitMilliseconds) => Ask!(query);

    public Task<TransactionAnswer> ResolveTransaction(string transaction, string participant, bool commit, TransactionProof[] proofs) => Task.FromResult(Resolve!(participant, commit, proofs));

    public Task<DatabaseSummary[]> ListDatabases() => throw new NotSupportedException("nobody asks here");

    public Task<ParticipantHoldings> HoldTransactions(ParticipantClaim claim) => throw new NotSupportedException("for grains");

    public Task<PeerBatchOutcome> DeliverCommitBatch(CommitBatch batch) => throw new NotSupportedException("for servers");
}

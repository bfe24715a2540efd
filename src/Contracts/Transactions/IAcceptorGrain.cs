namespace GrainKeeper.Contracts.Transactions;

/// <summary>A server's Paxos Commit acceptor, for all transactions, and the leaders beside it. Key: <see cref="ServerGrainKey"/> of the root tree. Its promises are on that server's disk.</summary>
[Alias("gk.IAcceptorGrain")]
public interface IAcceptorGrain : ICommitGrain;

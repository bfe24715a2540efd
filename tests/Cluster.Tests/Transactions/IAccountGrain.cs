using GrainKeeper.Contracts.Transactions;
using Orleans;

namespace GrainKeeper.Cluster.Tests.Transactions;

/// <summary>A bank account.</summary>
internal interface IAccountGrain : ITransactionParticipant
{
    Task<int> GetBalance();

    Task<string?> GetHolder();
}

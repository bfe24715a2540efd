using Orleans;

namespace GrainKeeper.Cluster.Tests.Transactions;

[GenerateSerializer]
internal sealed class Account
{
    [Id(0)] public int Balance { get; set; } = 100;
}

using System.Globalization;
using System.Text;
using GrainKeeper.Grains.Placement;
using GrainKeeper.Grains.Transactions.Participants;
using Orleans.GrainDirectory;
using Orleans.Runtime;

namespace GrainKeeper.Cluster.Tests.Transactions;

/// <summary>A bank account as a user writes it: operations are an amount to add, and the balance must not fall below zero.</summary>
[PlacedAtLeader]
[GrainDirectory(NullGrainDirectory.Name)]
internal sealed class AccountGrain([PersistentState("account", SharedStorage.Name)] IPersistentState<ParticipantRecord<Account>> storage)
    : TransactionParticipantGrain<Account>(storage), IAccountGrain
{
    protected override string Kind => "account";

    public Task<int> GetBalance() => Task.FromResult(State.Balance);

    public Task<string?> GetHolder() => Task.FromResult(Holder);

    protected override ParticipantVote Validate(string transaction, Account state, ReadOnlyMemory<byte> operations) =>
        state.Balance + Amount(operations) >= 0 ? ParticipantVote.Yes(operations) : ParticipantVote.No($"balance {state.Balance} is too low for {Amount(operations)}");

    protected override void Apply(Account state, ReadOnlyMemory<byte> redo) => state.Balance += Amount(redo);

    private static int Amount(ReadOnlyMemory<byte> text) => int.Parse(Encoding.ASCII.GetString(text.Span), CultureInfo.InvariantCulture);
}

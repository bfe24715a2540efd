using GrainKeeper.Cluster.Tests.Ensembles;
using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Peers;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Grains.Transactions;
using Microsoft.Extensions.DependencyInjection;

namespace GrainKeeper.Cluster.Tests.Transactions;

/// <summary>Transfers between accounts that are users' grains, on real silos.</summary>
public sealed class BankTests
{
    [Fact]
    public async Task Transfers_commit_and_abort_under_each_protocol_and_strangers_are_refused()
    {
        await using var bank = await Bank.OpenAsync();
        foreach (var protocol in Enum.GetValues<CommitProtocol>())
        {
            var before = bank.BalanceOf("alice");
            var done = await bank.RunAsync(Bank.Transfer(await bank.AllotAsync(), protocol, ("alice", -10), ("bob", 10)));
            Assert.Equal(TransactionStatus.Committed, done.Status);
            await bank.SettleAsync();
            Assert.Equal(before - 10, bank.BalanceOf("alice"));
            var refused = await bank.RunAsync(Bank.Transfer(await bank.AllotAsync(), protocol, ("alice", -1_000), ("bob", 1_000)));
            Assert.Equal((TransactionStatus.Aborted, "account.alice"), (refused.Status, Assert.Single(refused.Votes).Participant));
        }

        await bank.SettleAsync();
        Assert.Equal([70, 130], new[] { bank.BalanceOf("alice"), bank.BalanceOf("bob") });

        // A client of a gateway may call all of these, but has no proof.
        var grains = bank.Cluster.Running.First().Grains;
        var leader = await bank.Cluster.LeaderAsync();
        var key = ServerGrainKey.Format(TreeName.Root, new ServerId(leader));
        var forged = new ParticipantCall("account.alice", "root:1:1", Guid.Empty, new byte[32]);
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => grains.GetGrain<IAccountGrain>("alice").ApplyTransaction(forged, "1000"u8.ToArray()));
        Assert.Equal(TransactionStatus.Refused, (await grains.GetGrain<ITransactionGrain>(key).HoldTransactions(new ParticipantClaim(forged, Guid.NewGuid(), true, []))).Status);
        Assert.Equal(PeerBatchOutcome.Refused, await grains.GetGrain<ITransactionGrain>(key).DeliverCommitBatch(new CommitBatch(1, 1, 0, [], new byte[32])));
        Assert.Equal(PeerBatchOutcome.Refused, await grains.GetGrain<IAcceptorGrain>(key).DeliverCommitBatch(new CommitBatch(1, 1, 0, [], new byte[32])));
        Assert.Equal(TransactionStatus.Refused, (await grains.GetGrain<ITransactionGrain>(key).ResolveTransaction("root:1:1", "account.alice", true, [new TransactionProof("digest", "super:guess"u8.ToArray())])).Status);
        Assert.Equal(70, bank.BalanceOf("alice"));
    }

    /// <summary>
    /// The silo of the coordinator, which is also the one of the participants' machines and of an acceptor, dies before each effect of the coordinator in turn; the next leader goes on by itself. A
    /// PostgreSQL database takes part.
    /// </summary>
    [Theory]
    [InlineData(CommitProtocol.TwoPhase)]
    [InlineData(CommitProtocol.PaxosCommit)]
    public async Task Wherever_the_coordinators_silo_dies_nothing_stays_in_doubt_and_the_sum_is_constant(CommitProtocol protocol)
    {
        await using var database = await BankDatabase.OpenAsync();
        await using var bank = await Bank.OpenAsync(database);
        var disturbed = 0;
        for (var step = 1; ; step++)
        {
            var leader = await bank.Cluster.LeaderAsync();
            var epoch = (await bank.Cluster[leader].StatusAsync()).CurrentEpoch;
            var servers = bank.Cluster[leader].Services.GetRequiredService<TransactionServers>();
            var id = await bank.AllotAsync();
            var (left, gate, armed) = (step, new Lock(), true);
            var own = TransactionId.Parse(id.Transaction!);
            var dead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            servers.DiesBefore = (machine, _) =>
            {
                lock (gate)
                {
                    // The coordinator of the transaction before may still have a word with its acceptors.
                    if (!armed || machine.Id != own || machine.Self.Kind != PartyKind.Coordinator || --left != 0)
                    {
                        return false;
                    }

                    dead.TrySetResult();
                    return true;
                }
            };
            var before = Bank.Accounts.ToDictionary(a => a, bank.BalanceOf);
            var vault = await database.VaultAsync();
            var submission = Bank.WithVault(Bank.Transfer(id, protocol, ("alice", -1), ("bob", -1), ("carol", 1)), 1);
            var told = bank.LeadersHost(leader).SubmitAsync(own, Request(submission), 10_000);
            var calm = Task.Run(async () =>
            {
                await told;
                await bank.SettleAsync();
            });
            await Task.WhenAny(dead.Task, calm);
            lock (gate)
            {
                // Nobody dies unnoticed from here on.
                armed = false;
            }

            var died = dead.Task.IsCompleted;
            if (died)
            {
                await bank.Cluster.KillAsync(leader);
                await bank.Cluster.LeaderAsync();
                await bank.Cluster.StartAsync(leader);
            }

            var answer = await bank.RunAsync(submission);
            Assert.True(answer.Status is TransactionStatus.Committed or TransactionStatus.Aborted, $"step {step}: {answer}\n{bank.Cluster.Describe()}");
            await bank.SettleAsync();
            var sign = answer.Status == TransactionStatus.Committed ? 1 : 0;
            Assert.Equal(
                [before["alice"] - sign, before["bob"] - sign, before["carol"] + sign, vault + sign],
                new[] { bank.BalanceOf("alice"), bank.BalanceOf("bob"), bank.BalanceOf("carol"), await database.VaultAsync() });
            await Eventually.Is(async () => await database.PreparedAsync() == 0, () => $"step {step}: something stays prepared\n{bank.Cluster.Describe()}", Ensemble.Patience);
            if (!died && (await bank.Cluster.StatusAsync()).Any(s => s.CurrentEpoch != epoch))
            {
                // On a loaded machine the leader may have changed by itself: then the coordinator ended without having come that far.
                Assert.True(++disturbed < 5, $"leaders change again and again\n{bank.Cluster.Describe()}");
                step--;
            }
            else if (!died)
            {
                Assert.True(step > 8, $"only {step - 1} steps: the test no longer kills where it should");
                return;
            }
        }
    }

    private static TransactionRequest Request(TransactionSubmission submission) => new(
        (CommitProtocol)submission.Protocol,
        submission.Participants.Zip(submission.Operations).ToDictionary(p => new ParticipantId(p.First), p => (ReadOnlyMemory<byte>)p.Second),
        submission.Sites.Length,
        submission.Sites);
}

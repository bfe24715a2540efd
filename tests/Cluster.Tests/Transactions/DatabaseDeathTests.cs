using GrainKeeper.Client.Transactions;
using GrainKeeper.Cluster.Tests.Ensembles;
using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Grains.Transactions.Postgres;
using Xunit.Abstractions;

namespace GrainKeeper.Cluster.Tests.Transactions;

/// <summary>
/// Money moves between a tree and a PostgreSQL database, or between two databases, on real silos. Runs in which nothing fails tell the steps of such a transaction; then PostgreSQL is killed before each of them in turn,
/// and starts again.
/// </summary>
public sealed class DatabaseDeathTests(VaultBank bank, ITestOutputHelper output) : IClassFixture<VaultBank>
{
    private const string DatabaseBank = PostgresOptions.Prefix + "bank";
    private const string BankToDatabase = DatabaseBank + " to its database";
    private static readonly int[] FromTill = [-1, 1, 0];
    private static readonly int[] BetweenDatabases = [0, -1, 1];

    /// <param name="protocol">The protocol.</param>
    /// <param name="betweenDatabases">Whether the money moves between two databases, and not out of a tree into one.</param>
    /// <param name="refused">Whether the tree votes No, after the database has voted Yes.</param>
    /// <param name="least">How many steps there are at least.</param>
    [Theory]
    [InlineData(CommitProtocol.TwoPhase, false, false, 28)]
    [InlineData(CommitProtocol.TwoPhase, false, true, 20)]
    [InlineData(CommitProtocol.TwoPhase, true, false, 36)]
    [InlineData(CommitProtocol.ThreePhase, false, false, 35)]
    [InlineData(CommitProtocol.PaxosCommit, false, false, 45)]
    public async Task Wherever_PostgreSQL_dies_all_end_alike_the_sum_is_constant_and_nothing_stays_locked_or_in_doubt(CommitProtocol protocol, bool betweenDatabases, bool refused, int least)
    {
        int[] changes = betweenDatabases ? BetweenDatabases : FromTill;
        var steps = await StepsAsync(protocol, changes, refused);
        output.WriteLine($"{steps.Count} steps");
        Assert.True(steps.Count >= least, $"only {steps.Count} steps: the test no longer kills where it should\n{string.Join('\n', steps)}");
        var committed = 0;
        foreach (var step in steps)
        {
            var outcome = await DieAsync(protocol, changes, refused, step);
            committed += outcome is TransactionOutcome.Committed ? 1 : 0;

            // A database that has voted Yes and dies carries out the decision when it is back.
            Assert.True(refused || !(IsDecided(step) || (!betweenDatabases && IsPrepared(step))) || outcome is TransactionOutcome.Committed, $"{step}: {outcome}");
        }

        output.WriteLine($"{committed} committed");
    }

    /// <summary>PostgreSQL dies before it is to commit what it has prepared, and the silo of the coordinator, which is also the one of the database's machine, ceases to lead before it is back.</summary>
    [Theory]
    [InlineData(CommitProtocol.TwoPhase)]
    [InlineData(CommitProtocol.PaxosCommit)]
    public async Task The_timeline_survives_the_death_of_PostgreSQL_and_the_next_leader_goes_on_with_it(CommitProtocol protocol)
    {
        var before = await bank.BalancesAsync();
        var settings = new TransactionSettings { Protocol = protocol };
        var transaction = await bank.BeginAsync(settings, FromTill, refused: false);
        var watch = Watch(transaction, new WatchedStep(BankToDatabase, nameof(PostgresStep.Commit), 1), refused: false);
        var told = transaction.CommitAsync();
        await watch.Dead.WaitAsync(TimeSpan.FromMilliseconds(Ensemble.Patience));
        watch.End();
        Assert.IsType<TransactionOutcome.Committed>(await told);
        var next = await bank.Trees.MoveAsync(TreeName.Root);
        await bank.Databases.StartAgainAsync();
        watch.GoOn();
        await bank.SettleAsync(transaction.Id);
        Assert.Equal(new TransactionOutcome.Committed(transaction.Id), await transaction.CommitAsync());
        Assert.Equal([before[0] - 1, before[1] + 1, before[2]], await bank.BalancesAsync());

        var timeline = await bank.Client.Transactions.ShowAsync(transaction.Id);
        Assert.Empty(timeline.Problems);
        var vote = protocol == CommitProtocol.TwoPhase ? "→ coordinator: Vote Yes" : "→ acceptor";
        (string Party, string What)[] flow =
        [
            ("coordinator", "submitted, " + protocol),
            ("coordinator", $"→ {DatabaseBank}: Prepare"),
            (DatabaseBank, "durable: announced"),
            (DatabaseBank, "resource executes, keeping undo and redo"),
            (DatabaseBank, "resource votes Yes"),
            (DatabaseBank, "durable: prepared"),
            (DatabaseBank, vote),
            ("coordinator", "decides Commit"),
            ("coordinator", "the caller is told: committed"),
            ("coordinator", $"→ {DatabaseBank}: Commit"),
            (DatabaseBank, "durable: commit"),
            (DatabaseBank, "resource applies"),
            (DatabaseBank, "resource applies"),
            (DatabaseBank, "resource has finished, its locks are free"),
            (DatabaseBank, "→ "),
        ];
        AssertFlow(timeline.Lines, flow);
        var finished = Assert.Single(timeline.Lines, l => l.Party == DatabaseBank && l.What.StartsWith("resource has finished", StringComparison.Ordinal));
        Assert.Equal(next, finished.Server);
        Assert.DoesNotContain(timeline.Lines, l => l.Server == next && l.Party == DatabaseBank && l.What.StartsWith("resource votes", StringComparison.Ordinal));
    }

    private static bool IsPrepared(WatchedStep step) => step is { Party: BankToDatabase, What: nameof(PostgresStep.Answer) };

    private static bool IsDecided(WatchedStep step) =>
        step is { Party: BankToDatabase, What: nameof(PostgresStep.Commit) or nameof(PostgresStep.Committed) } or { What: nameof(CommitEffect.Apply) };

    private static void AssertFlow(IReadOnlyList<TransactionLine> lines, IEnumerable<(string Party, string What)> flow)
    {
        var at = -1;
        var all = lines.ToList();
        foreach (var (party, what) in flow)
        {
            var next = all.FindIndex(at + 1, l => l.Party == party && l.What.StartsWith(what, StringComparison.Ordinal));
            Assert.True(next > at, $"'{party}: {what}' does not follow line {at} of\n{string.Join('\n', all.Select(l => $"{l.Server} {l.Party}: {l.What}"))}");
            at = next;
        }
    }

    private StepWatch Watch(TransactionBuilder transaction, WatchedStep? fatal, bool refused)
    {
        var watch = new StepWatch(TransactionId.Parse(transaction.Id), fatal, bank.Databases.Kill) { Order = refused ? (VaultBank.Tree, DatabaseBank) : null };
        watch.Attach(bank.Trees, bank.Databases.Participants);
        return watch;
    }

    /// <summary>The steps that belong to every such transaction: on a busy machine one run may take more, since its votes come apart.</summary>
    private async Task<IReadOnlyList<WatchedStep>> StepsAsync(CommitProtocol protocol, int[] changes, bool refused)
    {
        List<WatchedStep>? common = null;
        for (var run = 0; run < 3; run++)
        {
            var transaction = await bank.BeginAsync(new TransactionSettings { Protocol = protocol }, changes, refused);
            var watch = Watch(transaction, null, refused);
            var outcome = await transaction.CommitAsync();
            await bank.SettleAsync(transaction.Id);
            Assert.True(outcome is TransactionOutcome.Committed == !refused, $"nothing fails: {outcome}\n{bank.Trees.Cluster.Describe()}");
            common = [.. common?.Intersect(watch.Seen) ?? watch.Seen];
        }

        return common!;
    }

    private async Task<TransactionOutcome> DieAsync(CommitProtocol protocol, int[] changes, bool refused, WatchedStep step)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (died, outcome) = await TryToDieAsync(protocol, changes, refused, step);
            if (died)
            {
                return outcome;
            }

            // On a loaded machine somebody's patience may have ended before.
            Assert.True(attempt < 5, $"{step} is not reached: {outcome}\n{bank.Trees.Cluster.Describe()}");
        }
    }

    private async Task<(bool Died, TransactionOutcome Outcome)> TryToDieAsync(CommitProtocol protocol, int[] changes, bool refused, WatchedStep step)
    {
        var before = await bank.BalancesAsync();
        var settings = new TransactionSettings { Protocol = protocol };
        var transaction = await bank.BeginAsync(settings, changes, refused);
        var watch = Watch(transaction, step, refused);
        var told = transaction.CommitAsync();
        await Task.WhenAny(watch.Dead, CalmAsync(watch, transaction, told));
        var died = watch.End();
        if (died)
        {
            await bank.Databases.StartAgainAsync();
            watch.GoOn();
        }

        var outcome = await told;
        if (outcome is TransactionOutcome.InDoubt)
        {
            outcome = await transaction.CommitAsync();
        }

        var what = $"{step}: {outcome}";
        Assert.True(outcome is TransactionOutcome.Aborted || (outcome is TransactionOutcome.Committed && !refused), $"{what}\n{bank.Trees.Cluster.Describe()}");
        await bank.SettleAsync(transaction.Id);

        // Should the leader have changed on a loaded machine, only a repeated submission finds out.
        var found = await bank.Client.Transactions.GetAsync(transaction.Ticket.ToString()) ?? await transaction.CommitAsync();
        Assert.True(found.GetType() == outcome.GetType(), $"{what}, by its ticket: {found}");
        var after = await bank.BalancesAsync();
        var expected = outcome is TransactionOutcome.Committed ? before.Zip(changes, (b, c) => b + c).ToArray() : before;
        Assert.True(expected.SequenceEqual(after), $"{what}: {string.Join(' ', before)} became {string.Join(' ', after)}\n{bank.Trees.Cluster.Describe()}");
        Assert.Equal(before.Sum(), after.Sum());
        return (died, outcome);
    }

    private async Task CalmAsync(StepWatch watch, TransactionBuilder transaction, Task told)
    {
        await told;
        await Eventually.Is(
            async () => watch.Dead.IsCompleted || (await bank.UnfinishedAsync(transaction.Id)).Length == 0, () => $"{transaction.Id} does not end\n{bank.Trees.Cluster.Describe()}", Ensemble.Patience);
    }
}

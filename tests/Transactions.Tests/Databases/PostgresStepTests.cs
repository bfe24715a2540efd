using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Grains.Transactions.Postgres;
using Xunit.Abstractions;

namespace GrainKeeper.Transactions.Tests.Databases;

/// <summary>
/// Money moves between a user's account and a PostgreSQL database, and one party fails at each of its steps in turn, as many as there are: both accounts show one outcome, nothing stays in doubt, and nothing stays
/// prepared in the database.
/// </summary>
public sealed class PostgresStepTests(PostgresServer server, ITestOutputHelper output) : IClassFixture<PostgresServer>
{
    private const int AtOnce = 12;

    public static TheoryData<CommitProtocol, string> Hosts => new()
    {
        { CommitProtocol.TwoPhase, "home" },
        { CommitProtocol.TwoPhase, "db" },
        { CommitProtocol.ThreePhase, "db" },
        { CommitProtocol.PaxosCommit, "home" },
        { CommitProtocol.PaxosCommit, "db" },
    };

    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task Wherever_a_host_dies_the_database_and_the_others_end_alike(CommitProtocol protocol, string host)
    {
        var steps = 0;
        for (var from = 1; ; from += AtOnce)
        {
            var died = await Task.WhenAll(Enumerable.Range(from, AtOnce).Select(step => Task.Run(() => DieAsync(protocol, host, step))));
            steps += died.Count(d => d);
            if (!died.Contains(true))
            {
                break;
            }
        }

        output.WriteLine($"{protocol}, {host}: {steps} steps");
        Assert.True(steps >= 4, $"only {steps} steps: the test no longer kills where it should");
    }

    /// <summary>The leader is overtaken before it sends something to the database, and sends it after its successor has looked.</summary>
    [Theory]
    [InlineData(CommitProtocol.TwoPhase, 70)]
    [InlineData(CommitProtocol.PaxosCommit, 70)]
    [InlineData(CommitProtocol.TwoPhase, 700)]
    public async Task Whatever_an_overtaken_leader_sends_late_changes_nothing(CommitProtocol protocol, int amount)
    {
        var seen = await Task.WhenAll(Enum.GetValues<PostgresStep>().Select(step => Task.Run(async () =>
        {
            await using var rig = await PostgresRig.OpenAsync(server);
            await rig.ClaimedAsync();
            rig.VoteLast();
            var first = rig.Database;
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var late = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            rig.At = async (life, at) =>
            {
                if (life == first && at == step && reached.TrySetResult())
                {
                    await late.Task;
                }
            };
            var id = await rig.Rig.AllotAsync();
            var told = rig.Rig.Home.SubmitAsync(id, rig.Transfer(protocol, amount), 20_000);
            var calm = CalmAsync(rig, told);
            var isReached = await Task.WhenAny(reached.Task, calm) == reached.Task;
            if (isReached)
            {
                rig.Rig.Replace("db");
                await rig.ClaimedAsync();
                late.SetResult();
            }

            var answer = await rig.Rig.RunAsync(id, rig.Transfer(protocol, amount));
            await rig.DemandAsync(answer, amount, $"late at {step}");
            return isReached;
        })));
        Assert.True(seen.Count(s => s) >= 6, $"only {seen.Count(s => s)} steps were reached");
    }

    /// <summary>All of PostgreSQL's processes are killed before each step towards it, and it starts again.</summary>
    [Theory]
    [InlineData(CommitProtocol.TwoPhase, 70)]
    [InlineData(CommitProtocol.PaxosCommit, 70)]
    [InlineData(CommitProtocol.TwoPhase, 700)]
    public async Task Wherever_PostgreSQL_dies_it_ends_like_the_others(CommitProtocol protocol, int amount)
    {
        var deaths = 0;
        foreach (var step in Enum.GetValues<PostgresStep>())
        {
            await using var rig = await PostgresRig.OpenAsync(server);
            await rig.ClaimedAsync();
            rig.VoteLast();
            var died = false;
            rig.At = async (_, at) =>
            {
                if (at == step && !died)
                {
                    died = true;
                    await server.Store.KillAsync();
                    await server.Store.StartAgainAsync();
                    deaths++;
                }
            };
            var id = await rig.Rig.AllotAsync();
            var answer = await rig.Rig.RunAsync(id, rig.Transfer(protocol, amount));
            server.Source.Clear();
            await rig.DemandAsync(answer, amount, $"PostgreSQL dies at {step}");
        }

        Assert.True(deaths >= (amount == 70 ? 8 : 6), $"only {deaths} deaths");
    }

    private async Task<bool> DieAsync(CommitProtocol protocol, string host, int step)
    {
        await using var rig = await PostgresRig.OpenAsync(server);
        await rig.ClaimedAsync();
        var (left, gate, armed) = (step, new Lock(), true);
        var dead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Rig.Dies = (name, _, _) =>
        {
            lock (gate)
            {
                return armed && name == host && --left == 0 && dead.TrySetResult();
            }
        };
        var id = await rig.Rig.AllotAsync();
        var told = rig.Rig.Home.SubmitAsync(id, rig.Transfer(protocol, 70), 20_000);
        await Task.WhenAny(dead.Task, CalmAsync(rig, told));
        lock (gate)
        {
            // Nobody dies unnoticed from here on.
            armed = false;
        }

        if (dead.Task.IsCompleted)
        {
            rig.Rig.Replace(host);
        }

        var answer = await rig.Rig.RunAsync(id, rig.Transfer(protocol, 70));
        await rig.DemandAsync(answer, 70, $"step {step}");
        if (!dead.Task.IsCompleted)
        {
            Assert.True(answer.Status == TransactionStatus.Committed, $"nobody died: {answer}\n{await rig.Rig.DescribeAsync()}");
        }

        return dead.Task.IsCompleted;
    }

    private static async Task CalmAsync(PostgresRig rig, Task told)
    {
        await told;
        await rig.Rig.SettleAsync();
    }
}

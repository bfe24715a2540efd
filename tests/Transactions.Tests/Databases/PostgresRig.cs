using GrainKeeper.Cluster.Tests;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Grains.Transactions;
using GrainKeeper.Grains.Transactions.Postgres;
using GrainKeeper.Transactions.Tests.Hosting;

namespace GrainKeeper.Transactions.Tests.Databases;

/// <summary>Money in an account of a PostgreSQL database and in those of a <see cref="CommitRig"/>, 100 in each.</summary>
internal sealed class PostgresRig : IAsyncDisposable
{
    /// <summary>Times for a database: far longer than a process takes to start again on a loaded machine. No test waits for them to pass.</summary>
    public static readonly TransactionOptions Options = CommitRig.FastOptions with
    {
        LogPatience = 30_000,
        Commit = CommitRig.FastOptions.Commit with { VoteTimeout = 60_000, LockWait = 20_000, ResourcePatience = 10_000, AcceptorPatience = 60_000 },
    };

    private readonly TaskCompletionSource _answers = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PostgresServer _server;

    private PostgresRig(PostgresServer server, string identity, Func<PostgresOptions, PostgresOptions>? change)
    {
        (_server, Identity) = (server, identity);
        Rig = new CommitRig(Options, database: () =>
        {
            var life = server.Participant(identity, Options.Commit, change);
            life.Before = async (step, id) =>
            {
                if (step == PostgresStep.Answer)
                {
                    _answers.TrySetResult();
                }

                await (At?.Invoke(life, step) ?? Task.CompletedTask);
            };
            return life;
        });
    }

    public string Identity { get; }

    public CommitRig Rig { get; }

    public PostgresParticipant Database => Rig.Database!;

    /// <summary>Called before each step towards the database.</summary>
    public Func<PostgresParticipant, PostgresStep, Task>? At { get; set; }

    public static async Task<PostgresRig> OpenAsync(PostgresServer server, Func<PostgresOptions, PostgresOptions>? change = null)
    {
        var rig = new PostgresRig(server, server.NewIdentity(), change);
        await server.OpenAccountAsync(rig.Identity);
        return rig;
    }

    /// <summary>Moves money from the rig's first account into the database.</summary>
    public TransactionRequest Transfer(CommitProtocol protocol, int amount) => new(
        protocol,
        new Dictionary<ParticipantId, ReadOnlyMemory<byte>>
        {
            [new ParticipantId("account.a")] = CommitRig.Request(protocol, ("a", -amount)).Payloads[0],
            [Database.Options.Participant] = PostgresServer.Add(Identity, amount),
        },
        protocol == CommitProtocol.PaxosCommit ? 3 : 0,
        protocol == CommitProtocol.PaxosCommit ? [1, 2, 3] : null);

    /// <summary>Has the user's account vote when the database is about to say Yes, or has said No.</summary>
    public void VoteLast()
    {
        Rig.Loses = delivery =>
        {
            if (delivery.Envelope.From == CommitParty.Of(Database.Options.Participant))
            {
                _answers.TrySetResult();
            }

            return false;
        };
        Rig.Account("a").Waits = () => Task.WhenAny(_answers.Task, Task.Delay(Options.Commit.LockWait));
    }

    /// <summary>Waits until nothing is open, and then demands that both accounts show one outcome, and that the database holds nothing.</summary>
    public async Task DemandAsync(TransactionAnswer answer, int amount, string what)
    {
        Assert.True(answer.Status is TransactionStatus.Committed or TransactionStatus.Aborted, $"{what}: {answer}\n{await Rig.DescribeAsync()}");
        await Rig.SettleAsync();
        var left = string.Empty;
        await Eventually.Is(async () => (left = await _server.PreparedAsync(Database.Prefix)).Length == 0, () => $"{what}: still prepared: {left}");
        var moved = answer.Status == TransactionStatus.Committed ? amount : 0;
        Assert.True(
            (Rig.Account("a").Balance, await _server.BalanceAsync(Identity)) == (100 - moved, 100 + moved),
            $"{what}, {answer}: {Rig.Account("a").Balance} and {await _server.BalanceAsync(Identity)}\n{await Rig.DescribeAsync()}");
    }

    /// <summary>Waits until the present leader has claimed the database.</summary>
    public Task ClaimedAsync() => Eventually.Is(() => Database.Leadership is { Claimed.IsCompleted: true }, () => $"not claimed: {Database.Leadership?.Problem}", 60_000);

    public ValueTask DisposeAsync() => Rig.DisposeAsync();
}

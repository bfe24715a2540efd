using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;
using Xunit.Abstractions;

namespace GrainKeeper.Transactions.Tests.Hosting;

/// <summary>
/// One host dies before each of its effects in turn, as many as there are, and another one takes over from the log. Whatever the caller was told holds, all participants agree, nothing stays in doubt or
/// locked, and the sum over all accounts is what it was.
/// </summary>
public sealed class EveryStepTests(ITestOutputHelper output)
{
    private const int AtOnce = 32;

    public static TheoryData<CommitProtocol, string> Cases
    {
        get
        {
            var cases = new TheoryData<CommitProtocol, string>();
            foreach (var protocol in Enum.GetValues<CommitProtocol>())
            {
                foreach (var host in (string[])["home", "a", "both"])
                {
                    cases.Add(protocol, host);
                }
            }

            cases.Add(CommitProtocol.PaxosCommit, "acceptor 1");
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Wherever_a_host_dies_all_end_alike(CommitProtocol protocol, string host)
    {
        var steps = 0;
        for (var from = 1; ; from += AtOnce)
        {
            var died = await Task.WhenAll(Enumerable.Range(from, AtOnce).Select(step => Task.Run(() => RunAsync(protocol, host, step))));
            steps += died.Count(d => d);
            if (!died.Contains(true))
            {
                break;
            }
        }

        output.WriteLine($"{protocol}, {host}: {steps} steps");
        Assert.True(steps >= 4, $"only {steps} steps: the test no longer kills where it should");
    }

    /// <returns>Whether there was such a step.</returns>
    private static async Task<bool> RunAsync(CommitProtocol protocol, string host, int step)
    {
        await using var rig = new CommitRig(CommitRig.FastOptions);
        var (left, gate, armed) = (step, new Lock(), true);
        var dead = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Dies = (name, machine, _) =>
        {
            lock (gate)
            {
                if (!armed || !(host == "both" ? name is "home" or "a" : name == host) || --left != 0)
                {
                    return false;
                }

                dead.TrySetResult(name);
                return true;
            }
        };
        var id = await rig.AllotAsync();
        var request = CommitRig.Request(protocol, ("a", -30), ("b", 10), ("c", 20));
        var told = rig.Home.SubmitAsync(id, request, 20_000);
        await Task.WhenAny(dead.Task, CalmAsync(rig, told));
        lock (gate)
        {
            // Nobody dies unnoticed from here on.
            armed = false;
        }

        if (dead.Task.IsCompleted)
        {
            foreach (var name in host == "both" ? ["home", "a"] : new[] { dead.Task.Result })
            {
                rig.Replace(name);
            }
        }

        var answer = await rig.RunAsync(id, request);
        Assert.True(answer.Status is TransactionStatus.Committed or TransactionStatus.Aborted, $"step {step}: {answer}\n{await rig.DescribeAsync()}");
        await rig.SettleAsync();
        var expected = answer.Status == TransactionStatus.Committed ? new[] { 70, 110, 120 } : [100, 100, 100];
        var balances = CommitRig.Accounts.Select(a => rig.Account(a).Balance).ToArray();
        Assert.True(expected.SequenceEqual(balances), $"step {step}, {answer.Status}: {string.Join(',', balances)}\n{await rig.DescribeAsync()}");
        if (told.IsCompletedSuccessfully && told.Result.Status is TransactionStatus.Committed or TransactionStatus.Aborted)
        {
            Assert.Equal(answer.Status, (await told).Status);
        }

        return dead.Task.IsCompleted;
    }

    private static async Task CalmAsync(CommitRig rig, Task told)
    {
        await told;
        await rig.SettleAsync();
    }
}

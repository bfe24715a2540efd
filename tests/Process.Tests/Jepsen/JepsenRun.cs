using System.Diagnostics;
using System.Globalization;
using GrainKeeper.Client;
using GrainKeeper.Client.Errors;
using GrainKeeper.Core.Jute;
using GrainKeeper.Process.Tests.Harness;
using GrainKeeper.Simulation.Checking;
using Xunit.Abstractions;

namespace GrainKeeper.Process.Tests.Jepsen;

/// <summary>One seed: five servers, clients that work on shared nodes and on locks, a series of faults, and the judgement. The seed fixes what is asked and what is harmed, not the interleaving.</summary>
internal sealed class JepsenRun(int seed, ReadKind reads, ITestOutputHelper output)
{
    private const int Servers = 5;
    private const int RegisterClients = 8;
    private const int Locks = 2;
    private const int LockClients = 4;
    private const int LeastProgress = 20;
    private static readonly TimeSpan SessionTimeout = TimeSpan.FromSeconds(4);
    private const int Faults = 4;
    private readonly History _history = new();

    /// <summary>Runs it.</summary>
    /// <returns>What is wrong; empty when nothing is.</returns>
    public async Task<List<string>> RunAsync()
    {
        var random = new Random(seed);
        var clock = Stopwatch.StartNew();
        await using var ensemble = Ensemble.Networked(Servers, "tickTime=1000");
        await ensemble.StartAllAsync();
        await PrepareAsync(ensemble);
        LockBook[] books = [.. Enumerable.Range(0, Locks).Select(_ => new LockBook(_history))];
        using var stop = new CancellationTokenSource();
        var clients = new List<IAsyncDisposable>();
        var running = new List<Task>();
        try
        {
            await StartClientsAsync(ensemble, random, books, clients, running, stop.Token);
            await HarmAsync(ensemble, new Nemesis(ensemble, random), books, clients, running);
            await stop.CancelAsync();
            await Task.WhenAll(running).WaitAsync(TimeSpan.FromSeconds(60));
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(clients.Select(c => c.DisposeAsync().AsTask()));
        }

        var faults = await FinalStatesAsync(ensemble);
        faults.AddRange(new HistoryJudge(_history).Judge());
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"seed {seed}: {string.Join(", ", Enum.GetValues<Outcome>().Select(o => $"{_history.Count(o)} {o}"))}; {_history.Registers.Count} registers, {_history.Sequence.Count} operations on the sequence, "
            + $"{_history.SessionReads.Count} reads in session order; locks taken {books.Sum(b => b.Acquired)} times, lost {books.Sum(b => b.Lost)} times, resources used {books.Sum(b => b.Used)} times, {books.Sum(b => b.Refused)} late uses refused; {faults.Count} faults found; {clock.Elapsed.TotalSeconds:0} s"));
        return faults;
    }

    /// <summary>Writes the judged histories into a directory, one file for each node.</summary>
    public string Keep()
    {
        var directory = Directory.CreateTempSubdirectory(string.Create(CultureInfo.InvariantCulture, $"gk-jepsen-{seed}-")).FullName;
        foreach (var (path, operations) in _history.Registers)
        {
            File.WriteAllLines(Path.Combine(directory, path[(RegisterKeys.Parent.Length + 1)..] + ".txt"), RegisterHistoryText.Format(operations));
        }

        return directory;
    }

    private static async Task PrepareAsync(Ensemble ensemble)
    {
        await using var client = await GrainKeeperClient.ConnectAsync(ensemble.ClientOfAll());
        foreach (var path in new[] { RegisterKeys.Parent, RegisterClient.Sequence, RegisterClient.Fences, "/final" })
        {
            await client.CreateAsync(path);
        }
    }

    private async Task StartClientsAsync(
        Ensemble ensemble, Random random, LockBook[] books, List<IAsyncDisposable> clients, List<Task> running, CancellationToken stop)
    {
        var keys = new RegisterKeys();
        for (var n = 1; n <= RegisterClients; n++)
        {
            // Every second one does not send again what is lost, as clients of ZooKeeper: more outcomes stay unknown.
            var options = Patient(n <= Servers ? ensemble.ClientOf(n, (n % Servers) + 1) : ensemble.ClientOfAll()) with { MaxWritesInFlight = n % 2 == 0 ? 0 : 16 };
            var client = new RegisterClient(await GrainKeeperClient.ConnectAsync(options, stop), n, new Random(random.Next()), keys, _history, reads);
            clients.Add(client);
            await client.PrepareAsync();
            running.Add(Task.Run(() => client.RunAsync(stop), CancellationToken.None));
        }

        for (var n = 1; n <= LockClients; n++)
        {
            // At one server only: with it the session is lost.
            var client = new LockClient(await GrainKeeperClient.ConnectAsync(Patient(ensemble.ClientOf(n)), stop), n, new Random(random.Next()), $"/lock-{n % Locks}", books[n % Locks]);
            clients.Add(client);
            running.Add(Task.Run(() => client.RunAsync(stop), CancellationToken.None));
        }
    }

    private static GrainKeeperClientOptions Patient(GrainKeeperClientOptions options) => options with
    {
        SessionTimeout = SessionTimeout,
        QueueTimeout = TimeSpan.FromSeconds(3),
        AttemptTimeout = TimeSpan.FromSeconds(1),
        RenewSession = true,
    };

    private async Task HarmAsync(Ensemble ensemble, Nemesis nemesis, LockBook[] books, List<IAsyncDisposable> clients, List<Task> running)
    {
        await ProgressAsync(ensemble, books, clients, running);
        for (var n = 1; n <= Faults; n++)
        {
            output.WriteLine(await nemesis.StrikeAsync());
            await nemesis.HealAsync();
            await ProgressAsync(ensemble, books, clients, running);
        }
    }

    /// <summary>Everybody can work again.</summary>
    private async Task ProgressAsync(Ensemble ensemble, LockBook[] books, List<IAsyncDisposable> clients, List<Task> running)
    {
        var succeeded = _history.Count(Outcome.Succeeded) + LeastProgress;
        var acquired = Array.ConvertAll(books, b => b.Acquired);
        await Until.TrueAsync(
            () => running.Exists(r => r.IsFaulted) || (_history.Count(Outcome.Succeeded) >= succeeded && books.Zip(acquired).All(b => b.First.Acquired > b.Second)), "operations succeed and the locks are taken", 45, Explain);
        foreach (var failed in running.Where(r => r.IsFaulted))
        {
            await failed;
        }

        string Explain() => string.Create(
            CultureInfo.InvariantCulture,
            $"{_history.Count(Outcome.Succeeded)} of {succeeded} operations, locks taken {string.Join(", ", books.Zip(acquired, (b, a) => b.Acquired - a))} times; {string.Join(Environment.NewLine, clients)}{Environment.NewLine}{ensemble.Tails}");
    }

    /// <summary>Every server has the same nodes, and all that were acknowledged; the history ends with a read of each.</summary>
    private async Task<List<string>> FinalStatesAsync(Ensemble ensemble)
    {
        var faults = new List<string>();
        var states = new List<(string Registers, string Names)>();
        var paths = _history.Registers.Keys.Order(StringComparer.Ordinal).ToArray();
        foreach (var server in ensemble.Ids)
        {
            await using var client = await GrainKeeperClient.ConnectAsync(ensemble.ClientOf(server));
            await client.SetDataAsync("/final", default);
            var lines = new List<string>();
            foreach (var path in paths)
            {
                var invoked = Stopwatch.GetTimestamp();
                var node = await FindAsync(client, path);
                var step = new RegisterStep(OpCode.GetData, 0, -1, node?.Stat.Version, node is null ? null : RegisterClient.ValueOf(node));
                _history.AddRegister(path, new RegisterOperation
                {
                    Invoked = invoked,
                    Returned = Stopwatch.GetTimestamp(),
                    Steps = [step],
                    Error = node is null ? ErrorCode.NoNode : ErrorCode.Ok,
                    FailedStep = node is null ? 0 : -1,
                });
                lines.Add(string.Create(CultureInfo.InvariantCulture, $"{path} {step.ToldVersion} {step.ToldValue} {node?.Stat.Mzxid}"));
            }

            var names = (await client.GetChildrenAsync(RegisterClient.Sequence)).Names.Order(StringComparer.Ordinal).ToArray();
            faults.AddRange(_history.Names.Except(names, StringComparer.Ordinal).Select(n => $"server {server} has lost {RegisterClient.Sequence}/{n}"));
            states.Add((string.Join('\n', lines), string.Join('\n', names)));
        }

        faults.AddRange(ensemble.Ids.Where(n => states[n - 1] != states[0]).Select(n => $"server {n} has another state than server 1:\n{states[n - 1]}\n{states[0]}"));
        return faults;
    }

    private static async Task<NodeData?> FindAsync(GrainKeeperClient client, string path)
    {
        try
        {
            return await client.GetDataAsync(path);
        }
        catch (NoNodeException)
        {
            return null;
        }
    }
}

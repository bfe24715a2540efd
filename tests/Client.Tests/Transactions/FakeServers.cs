using GrainKeeper.Client.Connections;
using GrainKeeper.Client.Transactions;
using GrainKeeper.Contracts.Transactions;

namespace GrainKeeper.Client.Tests.Transactions;

/// <summary>Three servers without a network; clients connect to them in their order.</summary>
internal sealed class FakeServers : ITransactionServers
{
    private int _next;

    public FakeServers()
    {
        foreach (var server in Doors.Keys)
        {
            Doors[server].Allot = () => Task.FromResult(NotLeader());
            Doors[server].Submit = (_, _) => Task.FromResult(NotLeader());
            Doors[server].Ask = _ => Task.FromResult(NotLeader());
        }
    }

    public Dictionary<int, FakeDoor> Doors { get; } = new() { [1] = new(), [2] = new(), [3] = new() };

    /// <summary>Servers whose gateway cannot be reached.</summary>
    public HashSet<int> Down { get; } = [];

    /// <summary>What each server names as the leader; 0 for none.</summary>
    public int Leader { get; set; } = 1;

    public int Count => Doors.Count;

    /// <summary>Calls and connections, in their order.</summary>
    public List<string> Log { get; } = [];

    /// <summary>The leader's door, which allots root:7:1 and knows three acceptors.</summary>
    public FakeDoor Lead(int server)
    {
        Leader = server;
        Doors[server].Allot = () => Task.FromResult(TransactionAnswer.Of(TransactionStatus.Allotted, "root:7:1") with { Sites = [3, 1, 2], Until = 1_900_000_000_000, Seal = [1, 2, 3] });
        return Doors[server];
    }

    public Task<IServerAccess> ConnectAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        var server = (_next++ % Count) + 1;
        Log.Add($"connect {server}");
        return Down.Contains(server) ? Task.FromException<IServerAccess>(new ServerConnectionException($"server {server} is down")) : Task.FromResult<IServerAccess>(new Access(this, server));
    }

    public ValueTask CloseAsync() => ValueTask.CompletedTask;

    private TransactionAnswer NotLeader() => TransactionAnswer.Of(TransactionStatus.NotLeader, reason: "not the leader", leader: Leader);

    private sealed class Access(FakeServers servers, int server) : IServerAccess
    {
        public int Server => server;

        public IReadOnlyList<int> Servers => [.. servers.Doors.Keys];

        public async Task<T> CallAsync<T>(int called, string tree, Func<ITransactionGrain, Task<T>> call, TimeSpan deadline, CancellationToken cancellationToken)
        {
            servers.Log.Add($"{tree}/{called}");
            return servers.Down.Contains(called) ? throw new ServerConnectionException($"server {called} is down") : await call(servers.Doors[called]).WaitAsync(deadline, cancellationToken);
        }

        public Task<T> WatchAsync<T>(int called, Func<ITransactionMonitorGrain, Task<T>> call, TimeSpan deadline, CancellationToken cancellationToken) =>
            servers.Down.Contains(called) ? Task.FromException<T>(new ServerConnectionException($"server {called} is down")) : call(new FakeMonitor(called));

        public void Discard() => servers.Log.Add($"discard {server}");

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class FakeMonitor(int server) : ITransactionMonitorGrain
    {
        public Task<TransactionSummary[]> ListTransactions(int limit) => Task.FromResult<TransactionSummary[]>(
            [new TransactionSummary("root:7:1", server, server == 1 ? "coordinator" : $"account.{server}", 1, "Prepared", server != 1, false, 1_000 - server, ["account.2"]) { Host = "root", Decision = server == 1 ? 1 : 0 }]);

        public Task<InDoubtSummary[]> ListInDoubt(int limit, TransactionProof[] proofs) => throw new NotSupportedException("nobody asks here");

        public Task<DatabaseSummary[]> ListDatabases() => Task.FromResult<DatabaseSummary[]>(
        [
            new DatabaseSummary("postgres.orders", null, []) { LogTree = "ledger", Server = server },
            server == 2
                ? new DatabaseSummary("postgres.bank", null, [new PreparedInDatabase("gk:x:7:root:7:1", "root:7:1", 1_000, 90_000, "Prepared"), new PreparedInDatabase("gk:x:7:root:7:2", "root:7:2", 90_000, 500, "Preparing")])
                {
                    LogTree = "root", Server = 2, IsDriven = true, MaxPrepared = 100, LookedAt = 91_000,
                }
                : new DatabaseSummary("postgres.bank", null, []) { LogTree = "root", Server = server },
        ]);

        public Task<string[]?> ListTrees() => throw new NotSupportedException("for servers");

        public Task<TransactionLine[]> ShowTransaction(TransactionQuery query) => Task.FromResult<TransactionLine[]>([new TransactionLine(1_000 - server, server, "p", query.Transaction)]);
    }
}

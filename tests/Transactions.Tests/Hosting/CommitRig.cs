using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Grains.Pumping;
using GrainKeeper.Grains.Transactions;
using GrainKeeper.Grains.Transactions.Postgres;
using Microsoft.Extensions.Logging.Abstractions;

namespace GrainKeeper.Transactions.Tests.Hosting;

/// <summary>
/// Trees "home", "a", "b", "c" with a host of parties each, an account in each of the last three, and three acceptors. Messages pass through their bytes. Any host may die and be replaced by one that leads
/// the same log.
/// </summary>
internal sealed class CommitRig : ICommitRouter, ICommitResources, IAsyncDisposable
{
    public static readonly string[] Accounts = ["a", "b", "c"];
    private readonly Guid _activation = Guid.NewGuid();
    private readonly ConcurrentDictionary<string, CommitHost> _hosts = new();
    private readonly ConcurrentDictionary<string, FakeLog> _logs = new();
    private readonly ConcurrentBag<CommitHost> _replaced = [];
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly Dictionary<string, FakeResource> _accounts;
    private readonly Func<PostgresParticipant>? _database;
    private readonly ConcurrentBag<PostgresParticipant> _lives = [];

    public CommitRig(TransactionOptions? options = null, int balance = 100, Func<PostgresParticipant>? database = null)
    {
        _database = database;
        Options = options ?? PatientOptions;
        Options.Validate();
        _accounts = Accounts.ToDictionary(n => n, _ => new FakeResource(balance));
        foreach (var name in (string[])["home", .. Accounts, .. Databases, "acceptor 1", "acceptor 2", "acceptor 3"])
        {
            Replace(name);
        }
    }

    /// <summary>Short waits; 3PC's time limit is long enough for a loaded machine.</summary>
    public static TransactionOptions FastOptions { get; } = new()
    {
        CallTimeout = 200,
        LogPatience = 1_000,
        Commit = new CommitOptions
        {
            VoteTimeout = 400, LockWait = 200, ResourcePatience = 300, ResendInterval = 25, MaxResendInterval = 200, InquiryInterval = 40, RoundTrip = 1_000, BundleWait = 2, AcceptorPatience = 400,
            Retention = 60_000,
        },
    };

    /// <summary>The same, but nobody gives up: for tests in which all is to go well, however long the machine takes.</summary>
    public static TransactionOptions PatientOptions { get; } = FastOptions with
    {
        CallTimeout = 15_000,
        LogPatience = 60_000,
        Commit = FastOptions.Commit with { VoteTimeout = 60_000, LockWait = 30_000, ResourcePatience = 30_000, AcceptorPatience = 60_000 },
    };

    public TransactionOptions Options { get; }

    /// <summary>Kills a host before it carries out an effect: its name, the machine and the effect.</summary>
    public Func<string, CommitMachine, CommitEffect, bool>? Dies { get; set; }

    /// <summary>Messages that get lost.</summary>
    public Func<CommitDelivery, bool>? Loses { get; set; }

    /// <summary>Why a participant is gone for good; null when it is not.</summary>
    public Func<ParticipantId, string?>? WhyGone { get; set; }

    public CommitHost Home => _hosts["home"];

    /// <summary>The database as the present life of its host reaches it.</summary>
    public PostgresParticipant? Database { get; private set; }

    private string[] Databases => _database is null ? [] : ["db"];

    public IReadOnlyCollection<string> Failures => _failures;

    public CommitHost this[string name] => _hosts[name];

    public FakeLog LogOf(string name) => _logs.GetOrAdd(name, _ => new FakeLog());

    public FakeResource Account(string name) => _accounts[name];

    /// <summary>The sum over all accounts.</summary>
    public int Sum => _accounts.Values.Sum(a => a.Balance);

    public static TransactionRequest Request(CommitProtocol protocol, params (string Account, int Amount)[] changes) => new(
        protocol,
        changes.ToDictionary(c => new ParticipantId("account." + c.Account), c => (ReadOnlyMemory<byte>)Encoding.ASCII.GetBytes(c.Amount.ToString(CultureInfo.InvariantCulture))),
        protocol == CommitProtocol.PaxosCommit ? 3 : 0,
        protocol == CommitProtocol.PaxosCommit ? [1, 2, 3] : null);

    /// <summary>Another server takes over: what the old host had in memory is gone.</summary>
    public void Replace(string name)
    {
        PostgresParticipant? database = null;
        if (Databases.Contains(name))
        {
            _lives.Add(Database = database = _database!());
        }

        var host = new CommitHost(new CommitHostContext(
            name,
            name.StartsWith("acceptor", StringComparison.Ordinal) ? null : name,
            1,
            Options,
            (delivery, terms) => NameOf(delivery.Envelope, terms) == name,
            this,
            database is null ? this : new Only(database),
            (message, error) => _failures.Enqueue($"{message}\n{error}"),
            NullLogger.Instance)
        {
            WhyGone = participant => Task.FromResult(WhyGone?.Invoke(participant)),
            Led = (self, epoch) => database?.Lead(self, epoch),

            // Who dies cancels nothing: what it has begun may still arrive.
            DiesBefore = (machine, effect) => Dies?.Invoke(name, machine, effect) == true,
        });
        if (_hosts.TryGetValue(name, out var old))
        {
            _replaced.Add(old);
        }

        _hosts[name] = host;
        Task.Run(host.Start);
        LogOf(name).Lead(host);
    }

    public async Task<TransactionId> AllotAsync()
    {
        var answer = await Home.AllotAsync();
        Assert.Equal((TransactionStatus.Allotted, Options.Commit.Retention / 2), (answer.Status, answer.AskWithin));
        return TransactionId.Parse(answer.Transaction!);
    }

    /// <summary>Submits, again and again while the outcome is not known, as a client does.</summary>
    public async Task<TransactionAnswer> RunAsync(TransactionId id, TransactionRequest request, int patience = 120_000)
    {
        var until = Environment.TickCount64 + patience;
        while (true)
        {
            var answer = await Home.SubmitAsync(id, request, 250);
            if (answer.Status is TransactionStatus.Committed or TransactionStatus.Aborted or TransactionStatus.Refused || Environment.TickCount64 > until)
            {
                return answer;
            }

            await Task.Delay(10);
        }
    }

    /// <summary>Waits until no participant has anything to do and nobody holds a lock.</summary>
    public async Task SettleAsync(int patience = 120_000)
    {
        var until = Environment.TickCount64 + patience;
        while (true)
        {
            var open = new List<string>();
            foreach (var name in Databases)
            {
                open.AddRange((await _hosts[name].ListAsync(1000)).Where(s => !s.Finished).Select(s => $"{s.Transaction} {s.Party} {s.State}"));
            }

            foreach (var name in Accounts)
            {
                open.AddRange((await _hosts[name].ListAsync(1000)).Where(s => !s.Finished).Select(s => $"{s.Transaction} {s.Party} {s.State}"));
                if (Account(name).Holder is { } holder)
                {
                    // As a participant's grain does from time to time: a host may have died between its question and the record of the answer.
                    var holdings = await _hosts[name].HoldAsync(new ParticipantId("account." + name), _activation, fresh: false, [holder]);
                    if (holdings.Over.Length > 0)
                    {
                        Assert.Empty(holdings.Prepared);
                        await Account(name).UndoAsync(holder, holdings.Life, default);
                    }

                    open.Add($"{name} is locked by {holder}");
                }
            }

            if (open.Count == 0)
            {
                return;
            }

            Assert.True(Environment.TickCount64 < until, $"not settled within {patience} ms: {string.Join("; ", open)}\n{await DescribeAsync()}");
            await Task.Delay(10);
        }
    }

    public async Task<string> DescribeAsync()
    {
        var lines = new List<TransactionLine>();
        foreach (var host in _hosts.Values.Concat(_replaced))
        {
            foreach (var summary in await host.ListAsync(1000))
            {
                lines.AddRange(await host.ShowAsync(TransactionId.Parse(summary.Transaction)));
            }
        }

        return string.Join('\n', lines.Distinct().OrderBy(l => l.At).Select(l => $"{l.At} {l.Party} {l.What}")) + string.Join('\n', _failures);
    }

    public void Send(CommitDelivery delivery, TransactionTerms? terms)
    {
        if (NameOf(delivery.Envelope, terms) is { } name && _hosts.TryGetValue(name, out var host) && Loses?.Invoke(delivery) != true)
        {
            var bytes = new ByteBuffer(256);
            CommitFrames.Append(bytes, delivery);
            host.TryDeliver(CommitFrames.Read(new CommitBatch(1, 1, 1, bytes.Written.ToArray(), [])), bytes.Length);
        }
    }

    public ICommitResource? Find(ParticipantId participant) => participant.Name.StartsWith("account.", StringComparison.Ordinal) ? _accounts.GetValueOrDefault(participant.Name[8..]) : null;

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts.Values.Concat(_replaced))
        {
            await host.DisposeAsync();
        }

        foreach (var database in _lives)
        {
            await database.DisposeAsync();
        }

        Assert.Empty(_failures);
    }

    private sealed class Only(ICommitResource resource) : ICommitResources
    {
        public ICommitResource Find(ParticipantId participant) => resource;
    }

    private static string? NameOf(CommitEnvelope envelope, TransactionTerms? terms) => envelope.To.Kind switch
    {
        PartyKind.Coordinator => envelope.Id.Home,
        PartyKind.Participant => envelope.To.Participant.Name.Split('.')[1],
        _ => CommitRouter.SiteOf(envelope.To.Number, terms) is { } site ? $"acceptor {site}" : null,
    };
}

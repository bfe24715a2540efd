using System.Collections.Concurrent;
using GrainKeeper.Client.Connections;
using GrainKeeper.Client.Errors;
using GrainKeeper.Client.Sessions;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Client.Transactions;

/// <summary>Transactions by way of the servers' gateways. Keeps a connection, to one server after another, until it is disposed of. Safe for any thread.</summary>
public sealed class TransactionClient : ITransactions, IAsyncDisposable
{
    private static readonly TimeSpan AskTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private readonly ConcurrentDictionary<string, int> _leaders = new(StringComparer.Ordinal);
    private readonly GrainKeeperClientOptions _options;
    private readonly ITransactionServers _servers;
    private readonly Func<TransactionProof[]> _proofs;

    /// <summary>Makes one that needs no session.</summary>
    /// <param name="options">The servers, their ensemble, and the client's tree and chroot.</param>
    /// <param name="identities">What to prove: scheme and credentials, for <c>digest</c> <c>user:password</c>. Without any it may do what the world may.</param>
    /// <exception cref="ArgumentException">An option or identity is out of range.</exception>
    public TransactionClient(GrainKeeperClientOptions options, params IEnumerable<(string Scheme, ReadOnlyMemory<byte> Auth)> identities)
        : this(options, new GatewayServers(options), ProofsOf(identities))
    {
    }

    internal TransactionClient(GrainKeeperClientOptions options, ITransactionServers servers, Func<TransactionProof[]> proofs)
    {
        options.Validate();
        (_options, _servers, _proofs) = (options, servers, proofs);
    }

    /// <inheritdoc/>
    public async Task<TransactionBuilder> BeginAsync(TransactionSettings? settings = null, CancellationToken cancellationToken = default)
    {
        settings ??= new TransactionSettings();
        settings.Validate();
        await using var calls = new LeaderCalls(_servers, _leaders, settings.Home, Environment.TickCount64 + (long)settings.BeginTimeout.TotalMilliseconds);
        var answer = await calls.AskAsync((grain, _) => grain.AllotTransaction(), TimeSpan.Zero, cancellationToken)
            ?? throw NotReached(settings.Home, settings.BeginTimeout, calls);
        if (answer is not { Status: TransactionStatus.Allotted, Transaction: { } id })
        {
            throw new TransactionRefusedException($"no transaction can begin in tree '{settings.Home}': {answer.Reason}");
        }

        return new TransactionBuilder(this, settings, new TransactionTicket(id, SitesOf(settings, answer.Sites), answer.Until, answer.Seal));
    }

    /// <inheritdoc/>
    public TransactionBuilder Continue(TransactionTicket ticket, TransactionSettings? settings = null)
    {
        settings ??= new TransactionSettings();
        settings.Validate();
        return (settings.Protocol == CommitProtocol.PaxosCommit) == (ticket.Sites.Count > 0)
            ? new TransactionBuilder(this, settings with { Home = TransactionId.Parse(ticket.Id).Home }, ticket)
            : throw new ArgumentException($"the ticket of {ticket.Id} {(ticket.Sites.Count > 0 ? "names acceptors" : "names no acceptors")}, so it was not begun with protocol {settings.Protocol}: give the protocol of its beginning");
    }

    /// <inheritdoc/>
    public async Task<TransactionOutcome?> GetAsync(string id, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        var query = QueryOf(id);
        var patience = timeout ?? AskTimeout;
        await using var calls = new LeaderCalls(_servers, _leaders, TransactionId.Parse(query.Transaction).Home, Environment.TickCount64 + (long)patience.TotalMilliseconds);
        TransactionAnswer? last = null;
        while (await calls.AskAsync((grain, wait) => grain.AskTransaction(query, wait), TransactionSettings.LongestWait, cancellationToken) is { } answer)
        {
            last = answer;
            if (answer.Status is TransactionStatus.Running or TransactionStatus.InDoubt)
            {
                await Task.Delay(20, cancellationToken);
                continue;
            }

            return answer.Status == TransactionStatus.Unknown ? null : OutcomeOf(query.Transaction, answer) ?? throw new TransactionRefusedException(answer.Reason);
        }

        return last is null
            ? throw NotReached(TransactionId.Parse(query.Transaction).Home, patience, calls)
            : new TransactionOutcome.InDoubt(query.Transaction, last.Status == TransactionStatus.Running ? "it is still running" : last.Reason);
    }

    /// <inheritdoc/>
    public async Task<TransactionList> ListAsync(int limit = 1_000, CancellationToken cancellationToken = default)
    {
        var (answers, problems) = await AskAllAsync(grain => grain.ListTransactions(limit), cancellationToken);
        return new TransactionList(TransactionInfo.Of(answers.SelectMany(a => a)), problems);
    }

    /// <inheritdoc/>
    public async Task<TransactionTimeline> ShowAsync(string id, CancellationToken cancellationToken = default)
    {
        var query = QueryOf(id);
        var (answers, problems) = await AskAllAsync(grain => grain.ShowTransaction(query), cancellationToken);
        return new TransactionTimeline(query.Transaction, TimelineMerge.Merge(answers.SelectMany(a => a)), problems);
    }

    /// <inheritdoc/>
    public async Task<DatabaseList> ListDatabasesAsync(CancellationToken cancellationToken = default)
    {
        var (answers, problems) = await AskAllAsync(grain => grain.ListDatabases(), cancellationToken);
        return new DatabaseList(DatabaseInfo.Of(answers.SelectMany(a => a)), problems);
    }

    /// <inheritdoc/>
    public async Task<TransactionOutcome> ResolveAsync(TransactionSummary party, Decision decision, CancellationToken cancellationToken = default)
    {
        if (party.Host.Length == 0)
        {
            throw new TransactionRefusedException($"{party.Party} of {party.Transaction} is no participant: only participants in doubt are decided for by hand");
        }

        await using var access = await ConnectAsync(cancellationToken);
        var server = party.Server;
        var until = Environment.TickCount64 + (long)AskTimeout.TotalMilliseconds;
        try
        {
            while (true)
            {
                var answer = await access.CallAsync(
                    server, party.Host, g => g.ResolveTransaction(party.Transaction, party.Party, decision == Decision.Commit, _proofs()), GrainCalls.Deadline, cancellationToken);
                if (answer.Status != TransactionStatus.NotLeader || Environment.TickCount64 >= until)
                {
                    return OutcomeOf(party.Transaction, answer) ?? throw new TransactionRefusedException(answer.Reason);
                }

                // The records have moved with the leadership since the list was made.
                server = answer.Leader > 0 ? answer.Leader : server;
                await Task.Delay(50, cancellationToken);
            }
        }
        catch (Exception e) when (e is ServerConnectionException or TimeoutException)
        {
            throw new ConnectionLossException($"server {server} did not answer ({e.Message}): whether it has decided for {party.Party} of {party.Transaction} shows the list of transactions");
        }
    }

    /// <summary>Gives the connection back. What is under way goes on.</summary>
    public ValueTask DisposeAsync() => _servers.CloseAsync();

    internal Chroot ChrootOf(string tree) => new(tree == _options.Tree ? _options.Servers.Chroot : string.Empty);

    internal async Task<TransactionOutcome> CommitAsync(TransactionTicket ticket, TransactionSettings settings, string[] participants, byte[][] operations, CancellationToken cancellationToken)
    {
        var submission = new TransactionSubmission(ticket.Id, (int)settings.Protocol, participants, operations, [.. ticket.Sites])
        {
            Proofs = _proofs(),
            Until = ticket.Until.ToUnixTimeMilliseconds(),
            Seal = ticket.Seal,
            LockWait = TransactionSettings.Milliseconds(settings.LockWait),
            VoteTimeout = TransactionSettings.Milliseconds(settings.VoteTimeout),
        };
        var mayRun = false;
        var reason = "";
        await using var calls = new LeaderCalls(_servers, _leaders, settings.Home, Environment.TickCount64 + (long)settings.Timeout.TotalMilliseconds);
        while (await calls.AskAsync((grain, wait) => grain.SubmitTransaction(submission, wait), TransactionSettings.LongestWait, cancellationToken) is { } answer)
        {
            if (OutcomeOf(ticket.Id, answer) is { } outcome and not TransactionOutcome.InDoubt)
            {
                return outcome;
            }

            reason = answer.Reason;
            if (answer.Status is TransactionStatus.Refused)
            {
                // An earlier call may have begun it, at a server that knew better.
                return mayRun || calls.HasUnknown ? new TransactionOutcome.InDoubt(ticket.Id, answer.Reason) : throw new TransactionRefusedException($"transaction {ticket.Id} is refused: {answer.Reason}");
            }

            mayRun = true;
            if (answer.Status != TransactionStatus.Running)
            {
                await Task.Delay(50, cancellationToken);
            }
        }

        return new TransactionOutcome.InDoubt(ticket.Id, reason.Length > 0 ? reason : $"no outcome within {settings.Timeout.TotalSeconds:0.###} s ({calls.Problem}): commit again under the same ticket, or ask by its id");
    }

    private static TransactionOutcome? OutcomeOf(string id, TransactionAnswer answer) => answer.Status switch
    {
        TransactionStatus.Committed => new TransactionOutcome.Committed(id),
        TransactionStatus.Aborted => new TransactionOutcome.Aborted(id, answer.Votes, answer.Reason),
        TransactionStatus.InDoubt => new TransactionOutcome.InDoubt(id, answer.Reason),
        _ => null,
    };

    private static int[] SitesOf(TransactionSettings settings, int[] offered)
    {
        if (settings.Protocol != CommitProtocol.PaxosCommit)
        {
            return [];
        }

        var wanted = settings.Acceptors > 0 ? settings.Acceptors : offered.Length >= 3 ? 3 : 1;
        return wanted <= offered.Length
            ? offered[..wanted]
            : throw new TransactionRefusedException($"{wanted} acceptors are wanted, but only {offered.Length} servers can be acceptors: choose fewer Acceptors");
    }

    private static Func<TransactionProof[]> ProofsOf(IEnumerable<(string Scheme, ReadOnlyMemory<byte> Auth)> identities)
    {
        var proofs = identities.Select(i => new TransactionProof(i.Scheme, i.Auth.ToArray())).ToArray();
        return proofs.Length <= TransactionProof.MaxCount && Array.TrueForAll(proofs, p => p.Proof.Length <= TransactionProof.MaxLength)
            ? () => proofs
            : throw new ArgumentException($"at most {TransactionProof.MaxCount} identities of at most {TransactionProof.MaxLength} bytes can be proven", nameof(identities));
    }

    private TransactionQuery QueryOf(string idOrTicket)
    {
        if (TransactionTicket.TryParse(idOrTicket, out var ticket))
        {
            return new TransactionQuery(ticket.Id, ticket.Until.ToUnixTimeMilliseconds(), ticket.Seal, _proofs());
        }

        return TransactionQuery.Of(TransactionId.Parse(idOrTicket).ToString()) with { Proofs = _proofs() };
    }

    private static ConnectionLossException NotReached(string tree, TimeSpan patience, LeaderCalls calls) => new(
        $"the leader of tree '{tree}' could not be reached within {patience.TotalSeconds:0.###} s ({calls.Problem}): check with 'gk status' that it has one, and that the ports are gateway ports");

    private async Task<IServerAccess> ConnectAsync(CancellationToken cancellationToken)
    {
        var failures = new List<string>();
        for (var i = 0; i < _servers.Count; i++)
        {
            try
            {
                return await _servers.ConnectAsync(Patience, cancellationToken);
            }
            catch (Exception e) when (e is ServerConnectionException or TimeoutException)
            {
                failures.Add(e.Message);
            }
        }

        throw new ConnectionLossException($"no server answers ({string.Join("; ", failures)}): check that the servers run, and that the ports are their gateway ports");
    }

    private async Task<(IReadOnlyList<T> Answers, IReadOnlyDictionary<int, string> Problems)> AskAllAsync<T>(Func<ITransactionMonitorGrain, Task<T>> call, CancellationToken cancellationToken)
    {
        await using var access = await ConnectAsync(cancellationToken);
        var answers = new List<T>();
        var problems = new SortedDictionary<int, string>();
        foreach (var (server, asked) in access.Servers.Select(s => (s, access.WatchAsync(s, call, Patience, cancellationToken))).ToList())
        {
            try
            {
                answers.Add(await asked);
            }
            catch (TimeoutException)
            {
                problems[server] = $"no answer within {Patience.TotalSeconds:0} s";
            }
            catch (ServerConnectionException e)
            {
                problems[server] = e.Message;
            }
        }

        return (answers, problems);
    }
}

using System.Text;
using GrainKeeper.Client.Errors;
using GrainKeeper.Client.Transactions;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client.Tests.Transactions;

/// <summary>How the client finds the leader, repeats what may be repeated, and never mistakes not knowing for an outcome.</summary>
public sealed class TransactionClientTests
{
    private static readonly TransactionSettings Hasty = new() { Timeout = TimeSpan.FromSeconds(1), BeginTimeout = TimeSpan.FromSeconds(1) };
    private readonly FakeServers _servers = new();
    private readonly TransactionProof[] _proofs = [new("digest", "alice:secret"u8.ToArray())];

    private TransactionClient Client => new(new GrainKeeperClientOptions { Servers = ConnectString.Parse("localhost:1/app") }, _servers, () => _proofs);

    [Fact]
    public async Task The_leader_is_followed_and_the_submission_carries_all_that_was_asked_for()
    {
        var leader = _servers.Lead(2);
        leader.Submit = (s, _) => Task.FromResult(TransactionAnswer.Of(TransactionStatus.Committed, s.Transaction));
        var settings = new TransactionSettings { Protocol = CommitProtocol.PaxosCommit, LockWait = TimeSpan.FromMilliseconds(1.5), VoteTimeout = TimeSpan.FromSeconds(2) };
        var transaction = await Client.BeginAsync(settings);
        Assert.Equal("root:7:1", transaction.Id);
        Assert.Equal(["connect 1", "root/1", "root/2"], _servers.Log);
        var outcome = await transaction.Grain("account", "bob", "10"u8.ToArray()).Tree("root", new TreeOperation.Check("/x", 3)).CommitAsync();
        Assert.Equal(new TransactionOutcome.Committed("root:7:1"), outcome);
        var sent = Assert.Single(leader.Submissions);
        Assert.Equal(("root:7:1", 3, 2, 2_000, 1_900_000_000_000), (sent.Transaction, sent.Protocol, sent.LockWait, sent.VoteTimeout, sent.Until));
        Assert.Equal(["account.bob", "tree.root"], sent.Participants);
        Assert.Equal("10", Encoding.ASCII.GetString(sent.Operations[0]));
        Assert.Contains("/app/x", Encoding.UTF8.GetString(sent.Operations[1]), StringComparison.Ordinal);
        Assert.Equal([3, 1, 2], sent.Sites);
        Assert.Equal([1, 2, 3], sent.Seal);
        Assert.Same(_proofs, sent.Proofs);
    }

    [Fact]
    public async Task The_chroot_is_the_own_trees_alone()
    {
        var leader = _servers.Lead(1);
        leader.Submit = (s, _) => Task.FromResult(TransactionAnswer.Of(TransactionStatus.Committed, s.Transaction));
        await (await Client.BeginAsync()).Tree("orders", new TreeOperation.Delete("/x")).CommitAsync();
        Assert.DoesNotContain("app", Encoding.UTF8.GetString(leader.Submissions[0].Operations[0]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_submission_whose_answer_is_lost_is_repeated_under_its_id_at_another_server()
    {
        var (first, second) = (_servers.Lead(1), _servers.Doors[3]);
        var client = Client;
        var transaction = await client.BeginAsync();
        second.Submit = (s, _) => Task.FromResult(TransactionAnswer.Of(second.Submissions.Count < 3 ? TransactionStatus.Running : TransactionStatus.Committed, s.Transaction));
        first.Submit = (_, _) =>
        {
            // It has taken the submission, and dies.
            _servers.Down.UnionWith([1, 2]);
            _servers.Lead(3);
            return Task.FromException<TransactionAnswer>(new TimeoutException("lost"));
        };
        Assert.IsType<TransactionOutcome.Committed>(await transaction.Grain("account", "bob", default).CommitAsync());
        Assert.Equal((1, 3), (first.Submissions.Count, second.Submissions.Count));
        Assert.All(second.Submissions, s => Assert.Same(first.Submissions[0], s));
        Assert.IsType<TransactionOutcome.Committed>(await transaction.CommitAsync());
    }

    [Fact]
    public async Task An_abort_tells_who_voted_No_and_why()
    {
        var no = new TransactionNo("account.bob", "too poor");
        _servers.Lead(1).Submit = (s, _) => Task.FromResult(new TransactionAnswer(TransactionStatus.Aborted, s.Transaction, "account.bob voted No: too poor", [no], 0));
        var outcome = Assert.IsType<TransactionOutcome.Aborted>(await (await Client.BeginAsync()).Grain("account", "bob", default).CommitAsync());
        Assert.Equal([no], outcome.Votes);
        Assert.Equal("account.bob voted No: too poor", outcome.Reason);
    }

    [Fact]
    public async Task What_is_refused_has_not_begun_unless_an_earlier_answer_was_lost()
    {
        var leader = _servers.Lead(1);
        leader.Submit = (_, _) => Task.FromResult(TransactionAnswer.Of(TransactionStatus.Refused, reason: "no participant 'x'"));
        var transaction = (await Client.BeginAsync()).Grain("x", "y", default);
        Assert.Contains("no participant 'x'", (await Assert.ThrowsAsync<TransactionRefusedException>(() => transaction.CommitAsync())).Message, StringComparison.Ordinal);

        leader.Submit = (_, _) => leader.Submissions.Count == 2
            ? Task.FromException<TransactionAnswer>(new TimeoutException("lost"))
            : Task.FromResult(TransactionAnswer.Of(TransactionStatus.Refused, reason: "no participant 'x'"));
        Assert.Equal(new TransactionOutcome.InDoubt("root:7:1", "no participant 'x'"), await transaction.CommitAsync());
    }

    [Fact]
    public async Task Without_an_answer_it_is_in_doubt_and_cancelling_ends_the_wait()
    {
        var leader = _servers.Lead(1);
        leader.Submit = (_, wait) => Task.Delay(wait).ContinueWith(_ => TransactionAnswer.Of(TransactionStatus.Running, "root:7:1"), TaskScheduler.Default);
        var transaction = (await Client.BeginAsync(Hasty)).Grain("account", "bob", default);
        var doubt = Assert.IsType<TransactionOutcome.InDoubt>(await transaction.CommitAsync());
        Assert.Equal("root:7:1", doubt.Id);

        _servers.Down.UnionWith([1, 2, 3]);
        Assert.Contains("is down", Assert.IsType<TransactionOutcome.InDoubt>(await transaction.CommitAsync()).Reason, StringComparison.Ordinal);

        _servers.Down.Clear();
        leader.Submit = (_, _) => new TaskCompletionSource<TransactionAnswer>().Task;
        using var cancelled = new CancellationTokenSource();
        var waiting = transaction.CommitAsync(cancelled.Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task Without_a_leader_nothing_begins_and_the_reason_is_told()
    {
        _servers.Leader = 0;
        var failure = await Assert.ThrowsAsync<ConnectionLossException>(() => Client.BeginAsync(Hasty));
        Assert.Contains("tree 'root' could not be reached within 1 s (server", failure.Message, StringComparison.Ordinal);
        Assert.Contains("connect 3", _servers.Log);
        _servers.Down.UnionWith([1, 2, 3]);
        await Assert.ThrowsAsync<ConnectionLossException>(() => Client.ListAsync());
    }

    [Fact]
    public async Task An_outcome_is_asked_for_by_id_or_ticket()
    {
        var leader = _servers.Lead(2);
        TransactionQuery? asked = null;
        leader.Ask = q =>
        {
            asked = q;
            return Task.FromResult(TransactionAnswer.Of(TransactionStatus.Committed, q.Transaction));
        };
        Assert.Equal(new TransactionOutcome.Committed("root:7:1"), await Client.GetAsync("root:7:1"));
        Assert.Equal((0L, 0), (asked!.Until, asked.Seal.Length));
        var ticket = (await Client.BeginAsync()).Ticket;
        await Client.GetAsync(ticket.ToString());
        Assert.Equal((1_900_000_000_000, 3), (asked.Until, asked.Seal.Length));

        leader.Ask = q => Task.FromResult(TransactionAnswer.Of(TransactionStatus.Unknown, q.Transaction));
        Assert.Null(await Client.GetAsync("root:7:2"));
        leader.Ask = q => Task.FromResult(TransactionAnswer.Of(TransactionStatus.Running, q.Transaction));
        Assert.IsType<TransactionOutcome.InDoubt>(await Client.GetAsync("root:7:2", TimeSpan.FromMilliseconds(100)));
        await Assert.ThrowsAsync<FormatException>(() => Client.GetAsync("root"));
    }

    [Fact]
    public async Task All_servers_are_asked_and_those_that_do_not_answer_are_named()
    {
        _servers.Down.Add(3);
        var list = await Client.ListAsync();
        var transaction = Assert.Single(list.Transactions);
        Assert.Equal((CommitProtocol.TwoPhase, Decision.Commit, true, false), (transaction.Protocol!.Value, transaction.Decision!.Value, transaction.IsInDoubt, transaction.IsFinished));
        Assert.Equal(["coordinator", "account.2"], transaction.Parties.Select(p => p.Party));
        Assert.Equal([3], list.Problems.Keys);
        var timeline = await Client.ShowAsync("root:7:1");
        Assert.Equal([2, 1], timeline.Lines.Select(l => l.Server));
        Assert.Equal([3], timeline.Problems.Keys);
    }

    [Fact]
    public async Task A_database_is_told_of_by_the_server_that_drives_it_and_by_others_when_none_does()
    {
        _servers.Down.Add(3);
        var list = await Client.ListDatabasesAsync();
        Assert.Equal([3], list.Problems.Keys);
        Assert.Equal(["postgres.bank", "postgres.orders"], list.Databases.Select(d => d.Participant));
        var (bank, orders) = (list.Databases[0], list.Databases[1]);
        Assert.Equal(("root", 2, null, 100), (bank.LogTree, bank.Server, bank.Problem, bank.MaxPrepared));
        Assert.Equal((TimeSpan.FromSeconds(90), DateTimeOffset.FromUnixTimeMilliseconds(91_000)), (bank.OldestAge, bank.LookedAt));
        Assert.Equal(["root:7:1", "root:7:2"], bank.Prepared.Select(p => p.Transaction));
        Assert.Equal(("ledger", null, null, null), (orders.LogTree, orders.Server, orders.MaxPrepared, orders.OldestAge));
        Assert.Contains("tree ledger, which keeps its records, has no leader", orders.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_decision_by_hand_goes_to_the_participants_server_with_the_credentials()
    {
        _servers.Doors[2].Resolve = (participant, commit, proofs) =>
            TransactionAnswer.Of(participant == "account.2" && !commit && ReferenceEquals(proofs, _proofs) ? TransactionStatus.Aborted : TransactionStatus.Refused, reason: "no");
        var party = (await Client.ListAsync()).Transactions[0].Parties.Single(p => p.Server == 2);
        Assert.IsType<TransactionOutcome.Aborted>(await Client.ResolveAsync(party, Decision.Abort));
        await Assert.ThrowsAsync<TransactionRefusedException>(() => Client.ResolveAsync(party, Decision.Commit));
        await Assert.ThrowsAsync<TransactionRefusedException>(() => Client.ResolveAsync(party with { Host = "" }, Decision.Abort));

        // The leadership moves, and with it the records.
        var moves = 0;
        _servers.Doors[3].Resolve = _servers.Doors[2].Resolve;
        _servers.Doors[2].Resolve = (_, _, _) => TransactionAnswer.Of(TransactionStatus.NotLeader) with { Leader = ++moves < 2 ? 0 : 3 };
        Assert.IsType<TransactionOutcome.Aborted>(await Client.ResolveAsync(party, Decision.Abort));
        Assert.Equal(2, moves);
        _servers.Down.Add(2);
        await Assert.ThrowsAsync<ConnectionLossException>(() => Client.ResolveAsync(party, Decision.Abort));
    }

    [Fact]
    public async Task A_ticket_goes_on_elsewhere_and_only_with_its_protocol()
    {
        _servers.Lead(1).Submit = (s, _) => Task.FromResult(TransactionAnswer.Of(TransactionStatus.Committed, s.Transaction));
        var paxos = new TransactionSettings { Protocol = CommitProtocol.PaxosCommit, Acceptors = 1 };
        var ticket = (await Client.BeginAsync(paxos)).Ticket;
        var read = TransactionTicket.Parse(ticket.ToString());
        Assert.Equal((ticket, "root:7:1/3/1900000000000/AQID"), (read, read.ToString()));
        Assert.IsType<TransactionOutcome.Committed>(await Client.Continue(read, paxos).Grain("account", "bob", default).CommitAsync());
        Assert.Throws<ArgumentException>(() => Client.Continue(read));
        var other = (await Client.BeginAsync()).Ticket;
        Assert.Throws<ArgumentException>(() => Client.Continue(other, paxos));
        foreach (var text in new[] { "", "root:7:1", "x/3/1/AQID", "root:7:1/0/1/AQID", "root:7:1/3/x/AQID", "root:7:1/3/1/%", "root:7:1/3/1/" + new string('A', 600), "root:7:1/3/9223372036854775807/AQID" })
        {
            Assert.False(TransactionTicket.TryParse(text, out _), text);
        }
    }

    [Fact]
    public async Task What_no_server_would_accept_is_refused_at_once()
    {
        _servers.Lead(1);
        var transaction = await Client.BeginAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => transaction.CommitAsync());
        transaction.Tree("a");
        foreach (var wrong in new Action[]
        {
            () => transaction.Tree("a", new TreeOperation.Delete("/x")),
            () => transaction.Tree("No"),
            () => transaction.Tree("b", new TreeOperation.Create("/x", default, CreateMode.Ephemeral)),
            () => transaction.Tree("b", new TreeOperation.SetData("/x", new byte[1024 * 1024])),
            () => transaction.Grain("tree", "a", default),
            () => transaction.Grain("a.b", "c", default),
            () => transaction.Grain("account", "a b", default),
        })
        {
            Assert.Throws<ArgumentException>(wrong);
        }

        for (var i = 1; i < TransactionTerms.MaxParticipants; i++)
        {
            transaction.Grain("account", $"{i}", default);
        }

        Assert.Throws<ArgumentException>(() => transaction.Grain("account", "more", default));
        _servers.Doors[1].Submit = (s, _) => Task.FromResult(TransactionAnswer.Of(TransactionStatus.Committed, s.Transaction));
        await transaction.CommitAsync();
        Assert.Throws<InvalidOperationException>(() => transaction.Grain("account", "late", default));
        await Assert.ThrowsAsync<TransactionRefusedException>(() => Client.BeginAsync(new TransactionSettings { Protocol = CommitProtocol.PaxosCommit, Acceptors = 5 }));
    }

    [Fact]
    public void Settings_out_of_range_are_refused_by_name()
    {
        new TransactionSettings().Validate();
        var hour = TimeSpan.FromHours(1) + TimeSpan.FromMilliseconds(1);
        foreach (var (name, settings) in new (string, TransactionSettings)[]
        {
            ("Protocol", new() { Protocol = 0 }),
            ("'No'", new() { Home = "No" }),
            ("Timeout", new() { Timeout = TimeSpan.FromMilliseconds(99) }),
            ("Timeout", new() { Timeout = hour }),
            ("BeginTimeout", new() { BeginTimeout = TimeSpan.Zero }),
            ("LockWait", new() { LockWait = TimeSpan.Zero }),
            ("LockWait", new() { LockWait = hour }),
            ("VoteTimeout", new() { VoteTimeout = TimeSpan.FromMilliseconds(9) }),
            ("Acceptors", new() { Acceptors = 3 }),
            ("Acceptors", new() { Protocol = CommitProtocol.PaxosCommit, Acceptors = 2 }),
            ("Acceptors", new() { Protocol = CommitProtocol.PaxosCommit, Acceptors = 17 }),
        })
        {
            Assert.Contains(name, Assert.Throws<ArgumentException>(settings.Validate).Message, StringComparison.Ordinal);
        }
    }
}

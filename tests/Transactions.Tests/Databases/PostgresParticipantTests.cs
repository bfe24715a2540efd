using System.Diagnostics.Metrics;
using System.Globalization;
using GrainKeeper.Cluster.Tests;
using GrainKeeper.Cluster.Tests.Processes;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.AtomicCommit.Sql;
using GrainKeeper.Grains;
using GrainKeeper.Grains.Transactions.Postgres;

namespace GrainKeeper.Transactions.Tests.Databases;

/// <summary>A PostgreSQL database as a participant, asked as its machine asks it.</summary>
public sealed class PostgresParticipantTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private static int _ids;

    [Fact]
    public async Task Values_of_every_type_arrive_as_they_were_given()
    {
        await using var rig = await ReadyAsync();
        await server.RunAsync("CREATE TABLE typed (n text, t text, b bigint, d double precision, o boolean, y bytea, m numeric, w date, j jsonb)");
        SqlValue[] values =
        [
            new SqlValue.Null(), new SqlValue.Text("ß'\\"), new SqlValue.BigInt(long.MinValue), new SqlValue.Double(0.1), new SqlValue.Bool(true),
            new SqlValue.Bytes(new byte[] { 0, 255 }), new SqlValue.Numeric("-12345678901234567890.50"), new SqlValue.Literal("2026-11-26"), new SqlValue.Literal("{\"a\": 1}"),
        ];
        var (id, answer) = await PrepareAsync(rig, new SqlOperations([new SqlStatement("INSERT INTO typed VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)", values, 1)], SqlIsolation.Serializable));
        Assert.Equal(Vote.Yes, answer.Vote);
        Assert.Equal(0, await server.AskAsync<long>("SELECT count(*) FROM typed"));
        await rig.Database.ApplyAsync(id, life: 0, answer.Redo);
        Assert.Equal(
            "<null>|ß'\\|-9223372036854775808|0.1|true|\\x00ff|-12345678901234567890.50|2026-11-26|{\"a\": 1}",
            await server.AskAsync<string>("SELECT coalesce(n, '<null>') || '|' || t || '|' || b || '|' || d || '|' || o || '|' || y::text || '|' || m || '|' || w || '|' || j FROM typed"));

        // Both may come again, also from a leader that does not know it.
        await rig.Database.ApplyAsync(id, life: 0, answer.Redo);
        Assert.Equal(1, await server.AskAsync<long>("SELECT count(*) FROM typed"));
    }

    [Fact]
    public async Task What_cannot_be_done_is_a_No_that_says_why_and_leaves_nothing_behind()
    {
        await using var rig = await ReadyAsync();
        await NoAsync(rig, "statement 2 concerns 0 rows, 1 were expected", Statement($"UPDATE account SET balance = 5 WHERE name = '{rig.Identity}'"), Statement("UPDATE account SET balance = 0 WHERE name = 'nobody'", 1));
        await NoAsync(rig, "statement 1 concerns 1 rows, 2 were expected", Statement($"SELECT * FROM account WHERE name = '{rig.Identity}'", 2));
        await NoAsync(rig, "statement 1: 23514: ", Statement($"UPDATE account SET balance = -1 WHERE name = '{rig.Identity}'"));
        await NoAsync(rig, "statement 1: 42601: ", Statement("SELEKT 1"));
        await NoAsync(rig, "statement 1: 42601: cannot insert multiple commands", Statement("SELECT 1; COMMIT"));
        await NoAsync(rig, "a statement begins with 'commit'", Statement("commit"));
        await NoAsync(rig, "0A000: cannot PREPARE a transaction that has operated on temporary objects", Statement("CREATE TEMPORARY TABLE t (n int)"));
        await NoAsync(rig, "statement 1: 2D000: ", Statement("DO $$ BEGIN COMMIT; END $$"));
        Assert.Equal(100, await server.BalanceAsync(rig.Identity));

        var bytes = new SqlOperations([Statement("SELECT 1")]).Encode();
        bytes[0] = 9;
        var id = NewId();
        var newer = await rig.Database.PrepareAsync(id, rig.Database.Mark(id, rig.Database.Leadership!.Epoch), bytes, 100);
        Assert.Contains("format: 9 is unknown", newer.Vote.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Locks_deadlocks_and_changes_of_others_are_a_No_that_says_so()
    {
        await using var rig = await ReadyAsync();
        await server.OpenAccountAsync(rig.Identity + "-2");
        string Change(string suffix) => $"UPDATE account SET balance = balance + 1 WHERE name = '{rig.Identity}{suffix}'";
        await using var other = await server.Source.OpenConnectionAsync();
        await using (var transaction = await other.BeginTransactionAsync())
        {
            await using var command = other.CreateCommand();
            command.CommandText = Change("");
            await command.ExecuteNonQueryAsync();
            await NoAsync(rig, "statement 1: another transaction holds a lock in the database for longer than LockWait", Statement(Change("")));
            await NoAsync(rig, "statement 1: another transaction has changed what this one reads or writes", isolation: SqlIsolation.RepeatableRead, meanwhile: async () =>
            {
                await WaitsForLockAsync();
                await transaction.CommitAsync();
            }, lockWait: 30_000, statements: Statement(Change("")));
        }

        await using (var transaction = await other.BeginTransactionAsync())
        {
            await using var command = other.CreateCommand();
            command.CommandText = "SET LOCAL deadlock_timeout = '60s'; " + Change("-2");
            await command.ExecuteNonQueryAsync();

            // Who waits looks for a deadlock once, after its own timeout: the other one must be waiting by then.
            var otherWaits = Statement("DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_locks WHERE NOT granted) LOOP PERFORM pg_sleep(0.01); END LOOP; END $$");
            await NoAsync(rig, "statement 3: deadlock in the database", meanwhile: async () =>
            {
                await IsLockedAsync(rig.Identity);
                command.CommandText = Change("");
                await command.ExecuteNonQueryAsync();
            }, lockWait: 30_000, statements: [Statement(Change("")), otherWaits, Statement(Change("-2"))]);
        }
    }

    [Fact]
    public async Task The_resolver_ends_what_was_left_over_and_touches_nothing_else()
    {
        await using var rig = await ReadyAsync();
        await rig.Rig.Home.AllotAsync();
        rig.Rig.Replace("db");
        await rig.ClaimedAsync();
        var epoch = rig.Database.Leadership!.Epoch;
        Assert.True(epoch > 1);
        var (orphan, own, stranger, other) = ($"{rig.Database.Prefix}{epoch - 1}:home:1:7", $"{rig.Database.Prefix}{epoch}:home:1:8", $"gk:other{rig.Identity}:1:home:1:7", $"theirs {rig.Identity}");
        foreach (var gid in new[] { orphan, own, stranger, other })
        {
            await PrepareByHandAsync(gid);
        }

        await Eventually.Is(async () => !await IsPreparedAsync(orphan), () => "the orphan stays");
        await Eventually.Is(() => rig.Database.Leadership!.Prepared.Count > 0, () => "nothing is reported");
        var listed = Assert.Single(rig.Database.Leadership!.Prepared);
        Assert.Equal((own, "home:1:8", "not known to the log"), (listed.Mark.Gid, listed.Mark.Id.ToString(), listed.State));
        foreach (var gid in new[] { own, stranger, other })
        {
            Assert.True(await IsPreparedAsync(gid), gid);
            await server.RunAsync($"ROLLBACK PREPARED '{gid}'");
        }
    }

    [Fact]
    public async Task What_stays_prepared_is_reported_with_its_age_and_then_as_a_warning()
    {
        var log = new LogCollector();
        var limits = PostgresRig.Options.Commit;
        await using var rig = await PostgresRig.OpenAsync(server);
        await using var database = server.Participant(rig.Identity, limits, o => o with { WarnAge = 1_000, ResolveInterval = 100 }, log);
        using var watched = GrainKeeperMetrics.WatchPrepared(() => [(rig.Identity, database.Leadership?.Prepared.Count ?? 0, database.Leadership?.Prepared.Select(p => p.Age).FirstOrDefault() ?? 0)]);
        var measured = new Dictionary<string, long>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == GrainKeeperMetrics.MeterName && instrument.Name.StartsWith("grainkeeper.databases", StringComparison.Ordinal))
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (tags.ToArray().Any(t => Equals(t.Value, rig.Identity)))
            {
                measured[instrument.Name] = value;
            }
        });
        listener.Start();
        database.Lead(rig.Rig["db"], 1);
        var gid = $"{database.Prefix}1:home:1:9";
        await PrepareByHandAsync(gid);
        await Eventually.Is(() => log.Lines.Any(l => l.Contains(gid, StringComparison.Ordinal) && l.Contains("1 transactions stay prepared", StringComparison.Ordinal)), () => string.Join('\n', log.Lines));
        listener.RecordObservableInstruments();
        Assert.Equal(1, measured["grainkeeper.databases.prepared"]);
        Assert.True(measured["grainkeeper.databases.prepared.age"] >= 1_000, $"{measured["grainkeeper.databases.prepared.age"]} ms");
        await server.RunAsync($"ROLLBACK PREPARED '{gid}'");
        await Eventually.Is(() => database.Leadership!.Prepared.Count == 0, () => "it is still reported");
    }

    [Fact]
    public async Task What_somebody_has_finished_by_hand_against_the_decision_is_told_as_an_error()
    {
        var log = new LogCollector();
        await using var rig = await ReadyAsync();
        await using var reporter = server.Participant(rig.Identity, PostgresRig.Options.Commit, logger: log);
        foreach (var commit in new[] { true, false })
        {
            var (id, answer) = await PrepareAsync(rig, new SqlOperations([Statement($"UPDATE account SET balance = balance + 1 WHERE name = '{rig.Identity}'")]));
            var mark = PostgresMark.Decode(answer.Redo);
            await server.RunAsync($"{(commit ? "ROLLBACK" : "COMMIT")} PREPARED '{mark.Gid}'");
            await reporter.FinishAsync(mark, commit);
            Assert.Contains(log.Lines, l => l.Contains(mark.Gid, StringComparison.Ordinal) && l.Contains("disagree for good", StringComparison.Ordinal) && l.Contains(commit ? "aborted" : "committed", StringComparison.Ordinal));
            Assert.Equal(id, mark.Id);
        }
    }

    [Fact]
    public async Task An_overtaken_leader_prepares_nothing_whether_it_has_entered_or_not()
    {
        await using var rig = await ReadyAsync();
        var first = rig.Database;
        foreach (var step in new[] { PostgresStep.Connect, PostgresStep.Lock, PostgresStep.Prepare })
        {
            var old = rig.Database;
            var (reached, go) = (NewSignal(), NewSignal());
            rig.At = async (life, at) =>
            {
                if (life == old && at == step)
                {
                    reached.TrySetResult();
                    await go.Task;
                }
            };
            var preparing = PrepareAsync(rig, new SqlOperations([Statement($"UPDATE account SET balance = balance + 1 WHERE name = '{rig.Identity}'", 1)]));
            await reached.Task;
            rig.Rig.Replace("db");
            await rig.ClaimedAsync();
            go.SetResult();
            var (_, answer) = await preparing;
            Assert.Equal(VoteKind.No, answer.Vote.Kind);
            Assert.Equal(string.Empty, await server.PreparedAsync(old.Prefix));
        }

        var own = NewId();
        var refused = await first.PrepareAsync(own, first.Mark(own, first.Leadership!.Epoch), PostgresServer.Add(rig.Identity, 1), 500);
        Assert.Equal(VoteKind.No, refused.Vote.Kind);
        Assert.Contains("claimed the database", refused.Vote.Reason, StringComparison.Ordinal);
        Assert.Equal(100, await server.BalanceAsync(rig.Identity));
    }

    [Fact]
    public async Task An_overtaken_leader_that_does_not_know_it_does_not_disturb_its_successor()
    {
        await using var rig = await ReadyAsync();
        var old = rig.Database.Leadership!;
        rig.Rig.Replace("db");
        await rig.ClaimedAsync();
        var (reached, go) = (NewSignal(), NewSignal());
        rig.At = async (_, at) =>
        {
            if (at == PostgresStep.Prepare)
            {
                reached.TrySetResult();
                await go.Task;
            }
        };
        var preparing = PrepareAsync(rig, new SqlOperations([Statement($"UPDATE account SET balance = balance + 1 WHERE name = '{rig.Identity}'", 1)]), 5_000);
        await reached.Task;
        await using (var connection = await server.Source.OpenConnectionAsync())
        {
            Assert.StartsWith("a later leader", await new PostgresFence(rig.Identity).ClaimAsync(connection, old.Epoch, CancellationToken.None), StringComparison.Ordinal);
        }

        go.SetResult();
        var (id, answer) = await preparing;
        Assert.Equal(Vote.Yes, answer.Vote);
        await rig.Database.UndoAsync(id, rig.Database.Leadership!.Epoch, answer.Undo);
        Assert.Equal(100, await server.BalanceAsync(rig.Identity));
    }

    [Fact]
    public async Task A_PostgreSQL_that_allows_no_prepared_transactions_is_refused_with_what_to_set()
    {
        await using var store = await OutsideStore.StartPostgresAsync("max_prepared_transactions=0");
        await using var rig = await PostgresRig.OpenAsync(server, o => o with { ConnectionString = PostgresServer.ConnectionTo(store) });
        await Eventually.Is(() => rig.Database.Leadership?.Problem?.StartsWith("max_prepared_transactions", StringComparison.Ordinal) == true, () => rig.Database.Leadership?.Problem ?? "no leader");
        var (_, answer) = await PrepareAsync(rig, new SqlOperations([Statement("SELECT 1")]), 300);
        Assert.StartsWith("max_prepared_transactions is 0", answer.Vote.Reason, StringComparison.Ordinal);
        Assert.Contains("for example 100", answer.Vote.Reason, StringComparison.Ordinal);
        Assert.Equal(answer.Vote.Reason, rig.Database.Leadership!.Problem);

        await store.KillAsync();
        var (_, away) = await PrepareAsync(rig, new SqlOperations([Statement("SELECT 1")]), 300);
        Assert.Equal(VoteKind.No, away.Vote.Kind);
        await Eventually.Is(() => rig.Database.Leadership!.Problem == "the database cannot be reached: ConnectionRefused", () => rig.Database.Leadership!.Problem ?? "none", 30_000);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static SqlStatement Statement(string text, long? rows = null) => new(text, [], rows);

    private static TransactionId NewId() => new("home", 99, Interlocked.Increment(ref _ids));

    private static async Task<(TransactionId Id, CommitInput.ResourcePrepared Answer)> PrepareAsync(PostgresRig rig, SqlOperations operations, int lockWait = 1_000)
    {
        await Eventually.Is(() => rig.Database.Leadership is not null, () => "no leader");
        var id = NewId();
        return (id, await rig.Database.PrepareAsync(id, rig.Database.Mark(id, rig.Database.Leadership!.Epoch), Raw(operations), lockWait));
    }

    // What a client may send that does not check it.
    private static byte[] Raw(SqlOperations operations)
    {
        try
        {
            return operations.Encode();
        }
        catch (FormatException)
        {
            var text = operations.Statements[0].Text;
            var bytes = new SqlOperations([new SqlStatement("SELECT".PadRight(text.Length), [])]).Encode();
            System.Text.Encoding.ASCII.GetBytes(text.PadRight(Math.Max(text.Length, 6))).CopyTo(bytes, bytes.AsSpan().IndexOf("SELECT"u8));
            return bytes;
        }
    }

    private async Task<PostgresRig> ReadyAsync()
    {
        var rig = await PostgresRig.OpenAsync(server);
        await rig.ClaimedAsync();
        return rig;
    }

    private Task NoAsync(PostgresRig rig, string expected, params SqlStatement[] statements) => NoAsync(rig, expected, null, 200, SqlIsolation.ReadCommitted, statements);

    private async Task NoAsync(
        PostgresRig rig, string expected, Func<Task>? meanwhile, int lockWait = 200, SqlIsolation isolation = SqlIsolation.ReadCommitted, params SqlStatement[] statements)
    {
        var preparing = PrepareAsync(rig, new SqlOperations(statements, isolation), lockWait);
        if (meanwhile is not null)
        {
            await meanwhile();
        }

        var (_, answer) = await preparing;
        Assert.Equal(VoteKind.No, answer.Vote.Kind);
        Assert.StartsWith(expected, answer.Vote.Reason, StringComparison.Ordinal);
        Assert.Equal(string.Empty, await server.PreparedAsync(rig.Database.Prefix));
        await Eventually.Is(async () => await server.LocksAsync() == 0, () => "session locks are left");
    }

    private Task WaitsForLockAsync() => Eventually.Is(
        async () => await server.AskAsync<long>("SELECT count(*) FROM pg_locks WHERE NOT granted") > 0, () => "nobody waits for a lock");

    private Task IsLockedAsync(string account) => Eventually.Is(
        async () => await server.AskAsync<long>($"SELECT count(*) FROM (SELECT FROM account WHERE name = '{account}' FOR UPDATE SKIP LOCKED) AS free") == 0, () => $"{account} is not locked");

    private async Task PrepareByHandAsync(string gid)
    {
        await using var connection = await server.Source.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = string.Create(CultureInfo.InvariantCulture, $"BEGIN; SELECT pg_current_xact_id(); PREPARE TRANSACTION '{gid}'");
        await command.ExecuteNonQueryAsync();
    }

    private Task<bool> IsPreparedAsync(string gid) => server.AskAsync<bool>($"SELECT EXISTS (SELECT FROM pg_prepared_xacts WHERE gid = '{gid}')");
}

using System.Collections.Concurrent;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.AtomicCommit.Sql;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GrainKeeper.Grains.Transactions.Postgres;

/// <summary>
/// A PostgreSQL database as a participant: PREPARE TRANSACTION before Yes, COMMIT PREPARED or ROLLBACK PREPARED after the decision. The id of what it will prepare is in the log before it is asked, so
/// whatever the database holds is known there. <see cref="PostgresFence"/> keeps overtaken leaders out, <see cref="PostgresResolver"/> compares the database's list with the log.
/// </summary>
internal sealed class PostgresParticipant : ILastingResource, IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, PostgresAttempt> _attempts = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _preparing;
    private readonly SemaphoreSlim _finishing = new(PostgresConnection.Finishing);
    private readonly CommitOptions _limits;
    private readonly NpgsqlDataSource _source;
    private readonly PostgresFence _fence;
    private readonly ILogger _logger;
    private PostgresLeadership? _leadership;

    /// <param name="options">The database.</param>
    /// <param name="identity">Tells ensembles and participants apart in the database: letters and digits.</param>
    /// <param name="limits">Times.</param>
    /// <param name="logger">Hears of trouble.</param>
    public PostgresParticipant(PostgresOptions options, string identity, CommitOptions limits, ILogger logger)
    {
        (Options, _limits, _logger) = (options, limits, logger);
        Prefix = PostgresMark.PrefixOf(identity);
        _preparing = new SemaphoreSlim(options.MaxPreparing);
        _source = PostgresConnection.Source(options);
        _fence = new PostgresFence(identity);
    }

    public PostgresOptions Options { get; }

    /// <summary>What the ids of this ensemble and database begin with.</summary>
    public string Prefix { get; }

    /// <summary>The leadership that drives it here, or null.</summary>
    public PostgresLeadership? Leadership => Volatile.Read(ref _leadership);

    /// <summary>For tests: called before each step towards the database.</summary>
    public Func<PostgresStep, TransactionId, Task>? Before { get; set; }

    private int Patience => _limits.ResourcePatience;

    /// <summary>This server drives it from now on.</summary>
    public void Lead(CommitHost host, long epoch)
    {
        var leadership = new PostgresLeadership(epoch, host);
        Interlocked.Exchange(ref _leadership, leadership)?.Dispose();
        _ = Task.Run(() => new PostgresResolver(this, _fence, leadership, _logger).RunAsync());
    }

    /// <summary>It does so no more.</summary>
    public void Resign(long epoch)
    {
        if (Leadership is { } leadership && leadership.Epoch <= epoch && Interlocked.CompareExchange(ref _leadership, null, leadership) == leadership)
        {
            leadership.Dispose();
        }
    }

    /// <summary>A connection for the resolver.</summary>
    public Task<NpgsqlConnection> OpenAsync(CancellationToken token) => PostgresSession.OpenAsync(_source, _limits.LockWait, _limits.LockWait + Patience, token);

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Mark(TransactionId id, long life) => PostgresMark.Of(Prefix, life, id).Encode();

    /// <inheritdoc/>
    public Task<CommitInput.ResourcePrepared> PrepareAsync(TransactionId id, long life, ReadOnlyMemory<byte> operations, int lockWait) =>
        throw new InvalidOperationException("a database prepares only what was announced in the log");

    /// <inheritdoc/>
    public async Task<CommitInput.ResourcePrepared> PrepareAsync(TransactionId id, ReadOnlyMemory<byte> mark, ReadOnlyMemory<byte> operations, int lockWait)
    {
        var own = PostgresMark.Decode(mark);
        if (Leadership is not { } leadership || leadership.Epoch != own.Epoch)
        {
            return No("the leader has changed: try again");
        }

        SqlOperations statements;
        try
        {
            statements = SqlOperations.Decode(operations);
        }
        catch (FormatException e)
        {
            return No(e.Message);
        }

        // Known from here on, before anything is sent: whoever undoes it ends it first.
        using var attempt = new PostgresAttempt(TimeSpan.FromMilliseconds((long)lockWait + Patience), leadership.Over);
        if (!_attempts.TryAdd(own.Gid, attempt))
        {
            return No("it is being prepared already");
        }

        try
        {
            return await Task.Run(() => PrepareAsync(leadership, own, statements, lockWait, attempt.Token));
        }
        catch (Exception e)
        {
            return No(PostgresErrors.Describe(e));
        }
        finally
        {
            _attempts.TryRemove(own.Gid, out _);
        }
    }

    /// <inheritdoc/>
    public Task ApplyAsync(TransactionId id, long life, ReadOnlyMemory<byte> redo) => Task.Run(() => FinishAsync(PostgresMark.Decode(redo), commit: true));

    /// <inheritdoc/>
    public async Task UndoAsync(TransactionId id, long life, ReadOnlyMemory<byte> undo)
    {
        if (undo.IsEmpty)
        {
            // Nothing was announced, or the machine that is made anew undoes what was.
            foreach (var (_, attempt) in _attempts.Where(a => a.Key.EndsWith($":{id}", StringComparison.Ordinal)))
            {
                attempt.Cancel();
            }

            return;
        }

        await Task.Run(() => RollbackAsync(PostgresMark.Decode(undo)));
    }

    /// <summary>Rolls back, once nothing can be prepared under the id any more.</summary>
    public async Task RollbackAsync(PostgresMark mark)
    {
        var leadership = Leadership ?? throw new InvalidOperationException("this server drives the database no more");
        if (_attempts.TryGetValue(mark.Gid, out var attempt))
        {
            attempt.Cancel();
            await attempt.Ended.WaitAsync(TimeSpan.FromMilliseconds(Patience));
        }

        if (!leadership.Claimed.IsCompleted)
        {
            try
            {
                await leadership.Claimed.WaitAsync(TimeSpan.FromMilliseconds(Patience), leadership.Over);
            }
            catch (TimeoutException)
            {
                throw new DatabaseAwayException($"{Options}: {leadership.Problem}");
            }
        }

        await FinishAsync(mark, commit: false);
    }

    /// <summary>Commits or rolls back what is prepared, durably; done already counts as done.</summary>
    public async Task FinishAsync(PostgresMark mark, bool commit)
    {
        using var patience = new CancellationTokenSource(_limits.LockWait + Patience);
        var token = patience.Token;
        if (!await _finishing.WaitAsync(_limits.LockWait, CancellationToken.None))
        {
            throw new DatabaseAwayException($"{Options}: {PostgresConnection.Finishing} transactions are being finished already");
        }

        try
        {
            await AtAsync(commit ? PostgresStep.Commit : PostgresStep.Rollback, mark.Id);
            await using var connection = await OpenAsync(token);
            if (!commit)
            {
                // The connection that was preparing it may have broken off at our end only.
                await PostgresSession.TakeAsync(connection, PostgresSession.KeyOf(mark.Gid), token);
            }

            try
            {
                await PostgresSession.RunAsync(connection, $"{(commit ? "COMMIT" : "ROLLBACK")} PREPARED '{mark.Gid}'", token);
                await AtAsync(commit ? PostgresStep.Committed : PostgresStep.RolledBack, mark.Id);
            }
            catch (PostgresException e) when (PostgresErrors.IsGone(e))
            {
                await CheckGoneAsync(connection, mark, commit, token);
            }
            finally
            {
                if (!commit)
                {
                    await PostgresSession.LeaveAsync(connection);
                }
            }
        }
        catch (Exception e) when (e is not DatabaseAwayException)
        {
            throw new DatabaseAwayException($"{Options}: {PostgresErrors.Describe(e)}", e);
        }
        finally
        {
            _finishing.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Interlocked.Exchange(ref _leadership, null)?.Dispose();
        await _source.DisposeAsync();
    }

    private static CommitInput.ResourcePrepared No(string reason) => new(Vote.No(reason), default, default);

    private async Task<CommitInput.ResourcePrepared> PrepareAsync(PostgresLeadership leadership, PostgresMark mark, SqlOperations statements, int lockWait, CancellationToken token)
    {
        var until = Environment.TickCount64 + lockWait;
        try
        {
            await leadership.Claimed.WaitAsync(TimeSpan.FromMilliseconds(lockWait), token);
        }
        catch (TimeoutException)
        {
            return No(leadership.Problem ?? "the database is not claimed yet");
        }

        if (!await _preparing.WaitAsync(Left(until), token))
        {
            return No($"{Options.MaxPreparing} transactions are being prepared, and none ended within LockWait: raise MaxPreparing");
        }

        try
        {
            await AtAsync(PostgresStep.Connect, mark.Id);
            await using var connection = await PostgresSession.OpenAsync(_source, Left(until), lockWait + Patience, token);
            try
            {
                return await PrepareAsync(connection, mark, statements, token);
            }
            finally
            {
                await PostgresSession.LeaveAsync(connection);
            }
        }
        finally
        {
            _preparing.Release();
        }
    }

    private async Task<CommitInput.ResourcePrepared> PrepareAsync(NpgsqlConnection connection, PostgresMark mark, SqlOperations statements, CancellationToken token)
    {
        await AtAsync(PostgresStep.Lock, mark.Id);
        if (!await _fence.EnterAsync(connection, mark, token))
        {
            return No("another leader has claimed the database: try again");
        }

        await AtAsync(PostgresStep.Execute, mark.Id);
        var (xid, problem) = await PostgresExecution.RunAsync(connection, statements, token);
        if (xid is null)
        {
            return No(problem!);
        }

        await AtAsync(PostgresStep.Prepare, mark.Id);
        await PostgresSession.RunAsync(connection, $"PREPARE TRANSACTION '{mark.Gid}'", token);
        await AtAsync(PostgresStep.Confirm, mark.Id);

        // A transaction that had failed would be rolled back by these words, without an error.
        if (!await PostgresSession.AskAsync<bool>(connection, "SELECT EXISTS (SELECT FROM pg_prepared_xacts WHERE gid = $1 AND database = current_database())", token, mark.Gid))
        {
            return No("the database has rolled the transaction back instead of preparing it");
        }

        await AtAsync(PostgresStep.Answer, mark.Id);
        var bytes = (mark with { Xid = xid }).Encode();
        return new CommitInput.ResourcePrepared(Vote.Yes, bytes, bytes);
    }

    private async Task CheckGoneAsync(NpgsqlConnection connection, PostgresMark mark, bool commit, CancellationToken token)
    {
        if (mark.Xid is null)
        {
            return;
        }

        var status = await PostgresSession.AskAsync<string>(connection, "SELECT pg_xact_status($1::text::xid8)", token, mark.Xid);
        if (status == "in progress")
        {
            throw new DatabaseAwayException($"{Options}: {mark.Gid} is being finished by somebody else");
        }

        // Too old to be known: the log says that it was prepared, so it was finished.
        if (status == (commit ? "aborted" : "committed"))
        {
            GrainKeeperMetrics.TransactionContradicted();
            _logger.LogError(
                "Transaction {Id} is decided {Decision}, but somebody has {Status} its part in {Database} by hand ({Gid}). The participants disagree for good, and only people can mend it: compare what they hold (docs/atomic-commit.md)",
                mark.Id,
                commit ? Decision.Commit : Decision.Abort,
                status,
                Options,
                mark.Gid);
        }
    }

    private Task AtAsync(PostgresStep step, TransactionId id) => Before?.Invoke(step, id) ?? Task.CompletedTask;

    private static int Left(long until) => (int)Math.Max(1, until - Environment.TickCount64);
}

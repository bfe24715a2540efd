using GrainKeeper.Core.AtomicCommit;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GrainKeeper.Grains.Transactions.Postgres;

/// <summary>
/// Claims a database for a leadership, and then compares what is prepared in it with the log, at once and again and again. What the log has decided is carried out. What it does not know and an earlier
/// leadership has prepared never voted Yes, for its vote would be in the log: it is rolled back. All else is left alone, and reported when it grows old.
/// </summary>
internal sealed class PostgresResolver(PostgresParticipant database, PostgresFence fence, PostgresLeadership leadership, ILogger logger)
{
    private const int MaxListed = 10_000;
    private const int MaxPause = 5_000;
    private long _nextWarning;

    /// <summary>Goes on until the leadership is over.</summary>
    public async Task RunAsync()
    {
        var pause = 100;
        string? told = null;
        while (!leadership.Over.IsCancellationRequested)
        {
            string? problem;
            try
            {
                problem = await LookAsync();
            }
            catch (Exception e)
            {
                problem = PostgresErrors.Describe(e);
            }

            if (leadership.Over.IsCancellationRequested)
            {
                return;
            }

            leadership.Problem = problem;
            if (problem != told && (told = problem) is not null)
            {
                logger.LogWarning("{Database} does not take part in transactions at present: {Problem}", database.Options, problem);
            }

            pause = problem is null ? 100 : Math.Min(pause * 2, MaxPause);
            await Task.Delay(problem is null ? database.Options.ResolveInterval : pause, leadership.Over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>Why the database cannot take part, or null.</returns>
    private async Task<string?> LookAsync()
    {
        await using var connection = await database.OpenAsync(leadership.Over);
        leadership.MaxPrepared = await PostgresSession.AskAsync<int>(connection, "SELECT current_setting('max_prepared_transactions')::int", leadership.Over);
        if (!leadership.Claimed.IsCompleted || await fence.EpochAsync(connection, leadership.Over) != leadership.Epoch)
        {
            if (await fence.ClaimAsync(connection, leadership.Epoch, leadership.Over) is { } problem)
            {
                leadership.Unclaim(problem);
                return problem;
            }

            leadership.SetClaimed();
        }

        var found = await ListAsync(connection);
        var parts = await leadership.Host.PartsAsync(database.Options.Participant, leadership.Epoch, [.. found.Select(p => p.Mark.Id)]);
        if (parts is null)
        {
            return "this server does not lead the tree of its records any more";
        }

        var left = new List<PostgresPrepared>();
        foreach (var (prepared, part) in found.Zip(parts))
        {
            if (!await ResolveAsync(prepared, part))
            {
                left.Add(prepared with { State = part?.State ?? "not known to the log" });
            }
        }

        leadership.Prepared = left;
        leadership.LookedAt = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        Warn(left);
        return null;
    }

    private async Task<List<PostgresPrepared>> ListAsync(NpgsqlConnection connection)
    {
        var found = new List<PostgresPrepared>();
        await using var command = new NpgsqlCommand(
            "SELECT gid, (extract(epoch FROM prepared) * 1000)::bigint, greatest(0, extract(epoch FROM clock_timestamp() - prepared) * 1000)::bigint FROM pg_prepared_xacts " +
            "WHERE database = current_database() AND starts_with(gid, $1) ORDER BY prepared LIMIT $2",
            connection);
        command.Parameters.Add(new NpgsqlParameter { Value = database.Prefix });
        command.Parameters.Add(new NpgsqlParameter { Value = MaxListed });
        await using var reader = await command.ExecuteReaderAsync(leadership.Over);
        while (await reader.ReadAsync(leadership.Over))
        {
            if (PostgresMark.Parse(database.Prefix, reader.GetString(0)) is { } mark)
            {
                found.Add(new PostgresPrepared(mark, reader.GetInt64(1), reader.GetInt64(2), string.Empty));
            }
        }

        return found;
    }

    /// <returns>Whether it is prepared no more.</returns>
    private async Task<bool> ResolveAsync(PostgresPrepared prepared, HeldPart? part)
    {
        var mark = prepared.Mark;
        switch (part)
        {
            case { Finished: true, Decision: Decision.Abort }:
                await database.RollbackAsync(mark);
                return true;
            case { Finished: true, Decision: Decision.Commit, Redo.IsEmpty: false } when PostgresMark.Decode(part.Redo).Gid == mark.Gid:
                await database.FinishAsync(mark, commit: true);
                return true;
            case null when mark.Epoch < leadership.Epoch && prepared.Age >= database.Options.OrphanAge:
                logger.LogWarning("{Database}: {Gid} was prepared in an earlier epoch and the log does not know of it, so it never voted Yes: it is rolled back", database.Options, mark.Gid);
                await database.RollbackAsync(mark);
                return true;
            default:
                // Its machine goes on with it.
                return false;
        }
    }

    private void Warn(List<PostgresPrepared> left)
    {
        var now = Environment.TickCount64;
        if (left.Count == 0 || left[0].Age < database.Options.WarnAge || now < _nextWarning)
        {
            return;
        }

        _nextWarning = now + database.Options.WarnAge;
        logger.LogWarning(
            "{Database}: {Count} transactions stay prepared and hold their locks, the oldest, {Gid} ({State}), for {Age} s. Look at it with gk tx, and at its coordinator",
            database.Options,
            left.Count(p => p.Age >= database.Options.WarnAge),
            left[0].Mark.Gid,
            left[0].State,
            left[0].Age / 1000);
    }
}

using System.Collections.Concurrent;
using GrainKeeper.Client.Connections;
using GrainKeeper.Contracts.Transactions;

namespace GrainKeeper.Client.Transactions;

/// <summary>
/// Calls the leader of a tree, whichever server that is: follows <see cref="TransactionStatus.NotLeader"/>, passes by servers that are down, and calls again what may be called again, until there is an answer or
/// the time is up. For one operation; not safe for use from several threads.
/// </summary>
/// <param name="servers">The servers.</param>
/// <param name="leaders">Who led which tree last.</param>
/// <param name="tree">The tree.</param>
/// <param name="until">When to give up, on <see cref="Environment.TickCount64"/>.</param>
internal sealed class LeaderCalls(ITransactionServers servers, ConcurrentDictionary<string, int> leaders, string tree, long until) : IAsyncDisposable
{
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(3);
    private const int ShortestPause = 20;
    private const int LongestPause = 1_000;
    private IServerAccess? _access;
    private int _leader = leaders.GetValueOrDefault(tree);
    private int _pause = ShortestPause;

    /// <summary>Whether a call may have arrived whose answer did not.</summary>
    public bool HasUnknown { get; private set; }

    /// <summary>Why there was no answer, last.</summary>
    public string Problem { get; private set; } = "no server was tried";

    /// <summary>The time that is left.</summary>
    public TimeSpan Left => TimeSpan.FromMilliseconds(Math.Max(0, until - Environment.TickCount64));

    /// <summary>Calls until a leader answers something else than that it is none, or that too much is under way.</summary>
    /// <param name="call">The call, with how long it may wait on the server.</param>
    /// <param name="wait">How long it may wait at most.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The answer; null when the time is up.</returns>
    public async Task<TransactionAnswer?> AskAsync(Func<ITransactionGrain, int, Task<TransactionAnswer>> call, TimeSpan wait, CancellationToken cancellationToken)
    {
        while (Left > TimeSpan.Zero)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await TryAsync(call, wait, cancellationToken) is { } answer)
            {
                _pause = ShortestPause;
                return answer;
            }
        }

        return null;
    }

    public ValueTask DisposeAsync() => _access?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task<TransactionAnswer?> TryAsync(Func<ITransactionGrain, int, Task<TransactionAnswer>> call, TimeSpan wait, CancellationToken cancellationToken)
    {
        try
        {
            _access ??= await servers.ConnectAsync(Least(ConnectPatience, Left), cancellationToken);
        }
        catch (Exception e) when (e is ServerConnectionException or TimeoutException)
        {
            Problem = e.Message;
            await PauseAsync(cancellationToken);
            return null;
        }

        var server = _leader != 0 ? _leader : _access.Server;
        var waits = (int)Least(wait, Left).TotalMilliseconds;
        try
        {
            var answer = await _access.CallAsync(server, tree, g => call(g, waits), Least(TimeSpan.FromMilliseconds(waits) + GrainCalls.Deadline, Left + TimeSpan.FromMilliseconds(200)), cancellationToken);
            if (answer.Status is not (TransactionStatus.NotLeader or TransactionStatus.Overloaded))
            {
                _leader = leaders[tree] = server;
                return answer;
            }

            Problem = $"server {server}: {answer.Reason}";
            if (answer is { Status: TransactionStatus.NotLeader, Leader: > 0 and var leader } && leader != server)
            {
                // Two servers may name each other for a while.
                var isFirst = _leader == 0;
                _leader = leader;
                if (isFirst)
                {
                    return null;
                }
            }
            else if (answer.Status == TransactionStatus.NotLeader)
            {
                await DropAsync();
            }
        }
        catch (Exception e) when (e is ServerConnectionException or TimeoutException)
        {
            HasUnknown = true;
            Problem = $"server {server}: {e.Message}";
            await DropAsync();
        }

        await PauseAsync(cancellationToken);
        return null;
    }

    private async ValueTask DropAsync()
    {
        _leader = 0;
        leaders.TryRemove(tree, out _);
        if (_access is { } access)
        {
            _access = null;
            access.Discard();
            await access.DisposeAsync();
        }
    }

    private async Task PauseAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Least(TimeSpan.FromMilliseconds(_pause), Left), cancellationToken);
        _pause = Math.Min(_pause * 2, LongestPause);
    }

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;
}

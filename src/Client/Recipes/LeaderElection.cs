using System.Runtime.CompilerServices;
using System.Threading.Channels;
using GrainKeeper.Client.Errors;

namespace GrainKeeper.Client.Recipes;

/// <summary>
/// One leader among all candidates: the one that has stood longest. Candidates queue as for a <see cref="DistributedLock"/>, so the end of a leadership wakes one.
/// </summary>
/// <param name="client">The client.</param>
/// <param name="path">The election's node; made when it is missing.</param>
public sealed class LeaderElection(GrainKeeperClient client, string path)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Stands, and waits to be the leader.</summary>
    /// <param name="name">What others see of the candidate, for example its address.</param>
    /// <param name="cancellationToken">Ends the candidacy.</param>
    /// <returns>The leadership, until it is disposed of or lost.</returns>
    /// <exception cref="LockLostException">The candidacy was lost.</exception>
    public Task<Holding> CampaignAsync(ReadOnlyMemory<byte> name, CancellationToken cancellationToken = default) =>
        new DistributedLock(client, path).AcquireAsync(name, cancellationToken);

    /// <summary>Stands again and again, and leads whenever elected, until cancelled. For a background service.</summary>
    /// <param name="name">What others see of the candidate.</param>
    /// <param name="lead">Leads: given the leadership, and a token that is cancelled when it is lost or <paramref name="cancellationToken"/> is. When it returns, somebody else may lead.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="GrainKeeperException">The session is over for good, or the operation is not allowed.</exception>
    public async Task RunAsync(ReadOnlyMemory<byte> name, Func<Holding, CancellationToken, Task> lead, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                await using var leadership = await CampaignAsync(name, cancellationToken);
                using var end = CancellationTokenSource.CreateLinkedTokenSource(leadership.Lost, cancellationToken);
                await lead(leadership, end.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The leadership was lost.
                continue;
            }
            catch (Exception e) when (e is LockLostException || (e is GrainKeeperException { IsOutcomeUnknown: true } or SessionExpiredException && !client.IsOver))
            {
                await Task.Delay(Pause, client.Time, cancellationToken);
            }
        }
    }

    /// <summary>The name of the present leader.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Null while nobody stands.</returns>
    public async Task<ReadOnlyMemory<byte>?> GetLeaderAsync(CancellationToken cancellationToken = default) => (await LookAsync(null, cancellationToken))?.Data;

    /// <summary>Tells the leader's name now and after each change; null while nobody stands. Changes that follow fast may be told as one.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>?> ObserveAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Contender.EnsureAsync(client, path, Core.Jute.CreateMode.Container);
        var changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        var told = long.MinValue;
        while (true)
        {
            var leader = await LookAsync(() => changes.Writer.TryWrite(true), cancellationToken);
            var token = leader?.Stat.Czxid ?? 0;
            if (token != told)
            {
                told = token;
                yield return leader?.Data;
            }

            await changes.Reader.ReadAsync(cancellationToken);
        }
    }

    private async Task<NodeData?> LookAsync(Action? changed, CancellationToken cancellationToken)
    {
        Action<WatchEvent>? watch = changed is null ? null : _ => changed();
        while (true)
        {
            List<string> names;
            try
            {
                names = Contender.Ordered((await client.GetChildrenAsync(path, watch, consistency: ReadConsistency.Sequential, cancellationToken: cancellationToken)).Names);
            }
            catch (NoNodeException)
            {
                // The servers have collected the node, since nobody stood: the next candidate makes it again.
                if (watch is not null && await client.ExistsAsync(path, watch, consistency: ReadConsistency.Sequential, cancellationToken: cancellationToken) is not null)
                {
                    continue;
                }

                return null;
            }

            if (names.Count == 0)
            {
                return null;
            }

            try
            {
                return await client.GetDataAsync($"{path}/{names[0]}", consistency: ReadConsistency.Sequential, cancellationToken: cancellationToken);
            }
            catch (NoNodeException)
            {
                // It has just gone: the next one leads.
                continue;
            }
        }
    }
}

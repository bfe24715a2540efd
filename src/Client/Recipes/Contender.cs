using System.Globalization;
using GrainKeeper.Client.Errors;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client.Recipes;

/// <summary>
/// A place in a queue of ephemeral sequential nodes below one node, which recipes share. The name holds a random part, so that the node is found again whatever became of the answer
/// that told it. Names have the form that Apache Curator's recipes use, so both stand in the same queue.
/// </summary>
internal sealed class Contender
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);
    private readonly GrainKeeperClient _client;
    private readonly string _parent;
    private int _left;

    private Contender(GrainKeeperClient client, string parent, string path, long token)
    {
        _client = client;
        _parent = parent;
        Path = path;
        Name = path[(path.LastIndexOf('/') + 1)..];
        Token = token;
    }

    /// <summary>The node.</summary>
    internal string Path { get; }

    /// <summary>Its name.</summary>
    internal string Name { get; }

    /// <summary>The zxid of its creation: greater than that of everybody before it in the queue, for ever.</summary>
    internal long Token { get; }

    /// <summary>Takes a place at the end.</summary>
    /// <param name="client">The client.</param>
    /// <param name="parent">The queue's node; made, as a container, when it is missing.</param>
    /// <param name="kind">What the names say before the number.</param>
    /// <param name="data">The node's data.</param>
    /// <param name="cancellationToken">Ends it; a place that was taken nevertheless is given back.</param>
    internal static async Task<Contender> EnterAsync(
        GrainKeeperClient client, string parent, string kind, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var entering = EnterAsync(client, parent, kind, data);
        try
        {
            return await entering.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            _ = LeaveWhenEnteredAsync(entering);
            throw;
        }
    }

    /// <summary>Waits until nothing stands before this place.</summary>
    /// <param name="predecessor">Given the names in order and the own index, the one to wait for; null when the wait is over.</param>
    /// <param name="cancellationToken">Ends it; the place is given back.</param>
    /// <param name="anyOfThem">Whether a change of anybody's ends the wait for another look. Only for one who waits alone.</param>
    /// <returns>Cancelled when the place may be lost.</returns>
    /// <exception cref="LockLostException">The node was deleted, by hand or with its session.</exception>
    internal async Task<CancellationToken> WaitAsync(
        Func<List<string>, int, string?> predecessor, CancellationToken cancellationToken, bool anyOfThem = false)
    {
        try
        {
            while (true)
            {
                // Before the node is seen to exist: what is lost after that cancels it.
                var continuity = _client.Continuity;
                var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

                // Linearizable: a server that has been replaced and does not know it yet would still show the place of a session that has ended.
                var children = await _client.GetChildrenAsync(_parent, anyOfThem ? _ => changed.TrySetResult() : null, ReadConsistency.Linearizable, cancellationToken);
                var names = Ordered(children.Names);
                var own = names.IndexOf(Name);
                if (own < 0)
                {
                    throw new LockLostException($"{Path} is gone: its session has ended, or somebody has deleted it");
                }

                if (predecessor(names, own) is not { } before)
                {
                    return continuity;
                }

                await (anyOfThem ? changed.Task.WaitAsync(cancellationToken) : DeletedAsync(_client, $"{_parent}/{before}", cancellationToken));
            }
        }
        catch
        {
            // Not awaited: without a server it takes long, and whoever has given up has better to do.
            _ = LeaveAsync();
            throw;
        }
    }

    /// <summary>Gives the place back. What cannot be deleted now is deleted in the background, until it is gone or its session is over.</summary>
    internal async Task LeaveAsync()
    {
        if (Interlocked.Exchange(ref _left, 1) == 0 && !await TryDeleteAsync())
        {
            _ = DeleteInBackgroundAsync();
        }
    }

    /// <summary>Tells of the node's deletion, unless it was given back.</summary>
    internal async Task WatchAsync(Action deleted)
    {
        try
        {
            await _client.GetDataAsync(Path, e => Changed(e.Type), consistency: ReadConsistency.Sequential);
        }
        catch (NoNodeException)
        {
            Changed(Core.Watches.WatchEventType.NodeDeleted);
        }

        void Changed(Core.Watches.WatchEventType type)
        {
            if (Volatile.Read(ref _left) != 0)
            {
                return;
            }

            if (type == Core.Watches.WatchEventType.NodeDeleted)
            {
                deleted();
            }
            else
            {
                // Somebody has changed the data: the watch is spent, and set again.
                _ = WatchAgainAsync(deleted);
            }
        }
    }

    /// <summary>The names in the order of their numbers.</summary>
    internal static List<string> Ordered(IEnumerable<string> names) => [.. names.Where(n => Number(n) is not null).OrderBy(n => Number(n))];

    /// <summary>Waits until a node is gone.</summary>
    internal static async Task DeletedAsync(GrainKeeperClient client, string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            try
            {
                // A read that finds no node leaves no watch behind.
                await client.GetDataAsync(path, _ => changed.TrySetResult(), consistency: ReadConsistency.Sequential, cancellationToken: cancellationToken);
            }
            catch (NoNodeException)
            {
                return;
            }

            await changed.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Makes a node, and those above it, when they are missing.</summary>
    internal static async Task EnsureAsync(GrainKeeperClient client, string path, CreateMode mode)
    {
        var parent = path.LastIndexOf('/') is > 0 and var slash ? path[..slash] : null;
        try
        {
            await client.CreateAsync(path, mode: mode);
        }
        catch (NodeExistsException)
        {
            return;
        }
        catch (NoNodeException) when (parent is not null)
        {
            await EnsureAsync(client, parent, CreateMode.Persistent);
            await EnsureAsync(client, path, mode);
        }
    }

    // The ten digits that the servers append.
    private static long? Number(string name) =>
        name.Length >= 10 && long.TryParse(name.AsSpan(name.Length - 10), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static async Task<Contender> EnterAsync(GrainKeeperClient client, string parent, string kind, ReadOnlyMemory<byte> data)
    {
        var id = Guid.NewGuid().ToString("D");
        while (true)
        {
            try
            {
                var node = await client.CreateAsync($"{parent}/_c_{id}-{kind}", data, CreateMode.EphemeralSequential);
                return new Contender(client, parent, node.Path, node.Stat.Czxid);
            }
            catch (NoNodeException)
            {
                await EnsureAsync(client, parent, CreateMode.Container);
            }
            catch (GrainKeeperException e) when (e.IsOutcomeUnknown && !client.IsOver)
            {
                if (await FindOrLeaveAsync(client, parent, id) is { } found)
                {
                    return found;
                }
            }
        }
    }

    // A place whose creation was not answered may still come. If nobody can tell now, it is given back once it is there: nobody else knows of it, and all others would wait for it.
    private static async Task<Contender?> FindOrLeaveAsync(GrainKeeperClient client, string parent, string id)
    {
        try
        {
            return await FindAsync(client, parent, id);
        }
        catch
        {
            _ = LeaveWhenFoundAsync(client, parent, id);
            throw;
        }
    }

    private static async Task<Contender?> FindAsync(GrainKeeperClient client, string parent, string id)
    {
        // A creation that is sent again comes before this.
        await client.SyncAsync(parent);
        try
        {
            var name = (await client.GetChildrenAsync(parent, consistency: ReadConsistency.Sequential)).Names.FirstOrDefault(n => n.Contains(id, StringComparison.Ordinal));
            return name is not null && await client.ExistsAsync($"{parent}/{name}", consistency: ReadConsistency.Sequential) is { } stat ? new Contender(client, parent, $"{parent}/{name}", stat.Czxid) : null;
        }
        catch (NoNodeException)
        {
            return null;
        }
    }

    private static async Task LeaveWhenFoundAsync(GrainKeeperClient client, string parent, string id)
    {
        for (var pause = ShortestPause; !client.IsOver; pause = Longer(pause))
        {
            await Task.Delay(pause, client.Time);
            try
            {
                if (await FindAsync(client, parent, id) is { } found)
                {
                    await found.LeaveAsync();
                }

                return;
            }
            catch (Exception e) when (e is GrainKeeperException or ObjectDisposedException)
            {
                // Still without a server.
                continue;
            }
        }
    }

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 < LongestPause ? pause * 2 : LongestPause;

    private static async Task LeaveWhenEnteredAsync(Task<Contender> entering)
    {
        try
        {
            await (await entering).LeaveAsync();
        }
        catch (Exception e) when (e is GrainKeeperException or ObjectDisposedException)
        {
            // No place was taken, or it went with its session.
            return;
        }
    }

    private async Task WatchAgainAsync(Action deleted)
    {
        try
        {
            await WatchAsync(deleted);
        }
        catch (Exception e) when (e is GrainKeeperException or ObjectDisposedException)
        {
            // The session is over, which tells the holder by itself; or nothing can be known of the node.
            deleted();
        }
    }

    private async Task<bool> TryDeleteAsync()
    {
        try
        {
            await _client.DeleteAsync(Path);
            return true;
        }
        catch (Exception e) when (e is NoNodeException or ObjectDisposedException or SessionExpiredException or AuthFailedException)
        {
            return true;
        }
        catch (GrainKeeperException)
        {
            return _client.IsOver;
        }
    }

    private async Task DeleteInBackgroundAsync()
    {
        var pause = ShortestPause;
        do
        {
            await Task.Delay(pause, _client.Time);
            pause = Longer(pause);
        }
        while (!await TryDeleteAsync());
    }
}

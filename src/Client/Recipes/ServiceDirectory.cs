using System.Runtime.CompilerServices;
using System.Threading.Channels;
using GrainKeeper.Client.Errors;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client.Recipes;

/// <summary>Which instances of which services there are. An instance is an ephemeral node <c>PATH/SERVICE/ID</c>: it goes with its session.</summary>
/// <param name="client">The client.</param>
/// <param name="path">The directory's node; made when it is missing.</param>
public sealed class ServiceDirectory(GrainKeeperClient client, string path)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Registers an instance until cancelled; registers it anew when its session was renewed, or its node deleted. For a background service.</summary>
    /// <param name="service">The service's name.</param>
    /// <param name="instance">The instance.</param>
    /// <param name="cancellationToken">Ends it, and removes the instance.</param>
    /// <exception cref="GrainKeeperException">The session is over for good, or the operation is not allowed.</exception>
    public async Task RunAsync(string service, ServiceInstance instance, CancellationToken cancellationToken)
    {
        var node = $"{path}/{service}/{instance.Id}";
        try
        {
            while (true)
            {
                try
                {
                    await CreateAsync(service, node, instance.Data, cancellationToken);
                    await Contender.DeletedAsync(client, node, cancellationToken);
                }
                catch (GrainKeeperException e) when ((e.IsOutcomeUnknown || e is SessionExpiredException) && !client.IsOver)
                {
                    await Task.Delay(Pause, client.Time, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await RemoveAsync(node);
        }
    }

    /// <summary>The instances of a service now, sorted by id.</summary>
    /// <param name="service">The service's name.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<IReadOnlyList<ServiceInstance>> FindAsync(string service, CancellationToken cancellationToken = default) => FindAsync(service, null, cancellationToken);

    /// <summary>Tells the instances now, and again after each change. Changes that follow fast may be told as one.</summary>
    /// <param name="service">The service's name.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<IReadOnlyList<ServiceInstance>> ObserveAsync(string service, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Contender.EnsureAsync(client, $"{path}/{service}", CreateMode.Persistent);
        var changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        while (true)
        {
            yield return await FindAsync(service, _ => changes.Writer.TryWrite(true), cancellationToken);
            await changes.Reader.ReadAsync(cancellationToken);
        }
    }

    private async Task<IReadOnlyList<ServiceInstance>> FindAsync(string service, Action<WatchEvent>? watch, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> names;
        try
        {
            names = (await client.GetChildrenAsync($"{path}/{service}", watch, consistency: ReadConsistency.Sequential, cancellationToken: cancellationToken)).Names;
        }
        catch (NoNodeException)
        {
            return [];
        }

        var found = await Task.WhenAll(names.Order(StringComparer.Ordinal).Select(name => ReadAsync(service, name, watch, cancellationToken)));
        return [.. found.OfType<ServiceInstance>()];
    }

    private async Task<ServiceInstance?> ReadAsync(string service, string name, Action<WatchEvent>? watch, CancellationToken cancellationToken)
    {
        try
        {
            return new ServiceInstance(name, (await client.GetDataAsync($"{path}/{service}/{name}", watch, consistency: ReadConsistency.Sequential, cancellationToken: cancellationToken)).Data);
        }
        catch (NoNodeException)
        {
            return null;
        }
    }

    private async Task CreateAsync(string service, string node, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await client.CreateAsync(node, data, CreateMode.Ephemeral, cancellationToken: cancellationToken);
                return;
            }
            catch (NoNodeException)
            {
                await Contender.EnsureAsync(client, $"{path}/{service}", CreateMode.Persistent);
            }
            catch (NodeExistsException)
            {
                if (await client.ExistsAsync(node, consistency: ReadConsistency.Sequential, cancellationToken: cancellationToken) is { } stat && stat.EphemeralOwner == client.SessionId)
                {
                    return;
                }

                // An earlier life of this instance: it goes with its session.
                await Contender.DeletedAsync(client, node, cancellationToken);
            }
        }
    }

    private async Task RemoveAsync(string node)
    {
        try
        {
            await client.DeleteAsync(node);
        }
        catch (Exception e) when (e is GrainKeeperException or ObjectDisposedException)
        {
            // It goes with the session.
            return;
        }
    }
}

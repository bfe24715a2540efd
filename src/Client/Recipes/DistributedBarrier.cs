using GrainKeeper.Client.Errors;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client.Recipes;

/// <summary>A barrier that is closed while its node exists.</summary>
/// <param name="client">The client.</param>
/// <param name="path">The barrier's node.</param>
public sealed class DistributedBarrier(GrainKeeperClient client, string path)
{
    /// <summary>Closes it; nothing happens when it is closed already.</summary>
    public Task CloseAsync() => Contender.EnsureAsync(client, path, CreateMode.Persistent);

    /// <summary>Opens it; nothing happens when it is open already.</summary>
    public async Task OpenAsync()
    {
        try
        {
            await client.DeleteAsync(path);
        }
        catch (NoNodeException)
        {
            return;
        }
    }

    /// <summary>Waits until it is open.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task WaitAsync(CancellationToken cancellationToken = default) => Contender.DeletedAsync(client, path, cancellationToken);
}

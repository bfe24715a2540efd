using System.Globalization;
using GrainKeeper.Client.Errors;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client.Recipes;

/// <summary>
/// Several clients begin together and end together. The last to enter makes the node <c>ready</c>, for which the others wait; the last to leave deletes it, for which the others wait: no herd but those that are meant.
/// </summary>
public sealed class DistributedDoubleBarrier
{
    private readonly GrainKeeperClient _client;
    private readonly string _path;
    private readonly int _members;
    private readonly string _own;

    /// <summary>A member of a double barrier. Make one for each time it is entered.</summary>
    /// <param name="client">The client.</param>
    /// <param name="path">The barrier's node; made when it is missing.</param>
    /// <param name="members">How many clients take part, 1 to 100,000.</param>
    public DistributedDoubleBarrier(GrainKeeperClient client, string path, int members)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(members, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(members, 100_000);
        _client = client;
        _path = path;
        _members = members;
        _own = Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);
    }

    private string Ready => _path + "/ready";

    private string Members => _path + "/members";

    /// <summary>Enters, and waits until all have entered.</summary>
    /// <param name="cancellationToken">Ends the wait, and leaves again.</param>
    public async Task EnterAsync(CancellationToken cancellationToken = default)
    {
        await Contender.EnsureAsync(_client, Members, CreateMode.Persistent);
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isReady = await _client.ExistsAsync(Ready, _ => ready.TrySetResult(), consistency: ReadConsistency.Sequential, cancellationToken: cancellationToken) is not null;
        await _client.CreateAsync($"{Members}/{_own}", mode: CreateMode.Ephemeral, cancellationToken: cancellationToken);
        try
        {
            if (isReady)
            {
                return;
            }

            if ((await _client.GetChildrenAsync(Members, consistency: ReadConsistency.Sequential, cancellationToken: cancellationToken)).Names.Count >= _members)
            {
                await Contender.EnsureAsync(_client, Ready, CreateMode.Persistent);
                return;
            }

            await ready.Task.WaitAsync(cancellationToken);
        }
        catch
        {
            await DeleteAsync($"{Members}/{_own}");
            throw;
        }
    }

    /// <summary>Leaves, and waits until all have left or are gone.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task LeaveAsync(CancellationToken cancellationToken = default)
    {
        await DeleteAsync($"{Members}/{_own}");
        while (true)
        {
            var names = (await _client.GetChildrenAsync(Members, consistency: ReadConsistency.Sequential, cancellationToken: cancellationToken)).Names;
            if (names.Count == 0)
            {
                await DeleteAsync(Ready);
                return;
            }

            // All wait for the same one, in the order of names: it is replaced by the next when it goes.
            await Contender.DeletedAsync(_client, $"{Members}/{names.Max(StringComparer.Ordinal)}", cancellationToken);
        }
    }

    private async Task DeleteAsync(string path)
    {
        try
        {
            await _client.DeleteAsync(path);
        }
        catch (NoNodeException)
        {
            return;
        }
    }
}

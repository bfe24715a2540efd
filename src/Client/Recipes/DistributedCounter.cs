using System.Globalization;
using System.Text;
using GrainKeeper.Client.Errors;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client.Recipes;

/// <summary>A number that all clients share, kept as text in one node.</summary>
/// <param name="client">The client.</param>
/// <param name="path">The counter's node; made with 0 when it is missing.</param>
public sealed class DistributedCounter(GrainKeeperClient client, string path)
{
    /// <summary>The number, as this session's server has it; 0 when there is no node yet.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<long> GetAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return Parse(await client.GetDataAsync(path, consistency: ReadConsistency.Sequential, cancellationToken: cancellationToken));
        }
        catch (NoNodeException)
        {
            return 0;
        }
    }

    /// <summary>Adds to the number: each call once, however many clients do at the same time.</summary>
    /// <param name="amount">What to add; may be negative.</param>
    /// <param name="cancellationToken">Ends the attempts.</param>
    /// <returns>The number after it.</returns>
    /// <exception cref="OverflowException">The sum is no 64-bit number; nothing was changed.</exception>
    /// <exception cref="GrainKeeperException">The session is over; <see cref="GrainKeeperException.IsOutcomeUnknown"/> tells whether it may have been added.</exception>
    public async Task<long> AddAsync(long amount = 1, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            NodeData found;
            try
            {
                found = await client.GetDataAsync(path, consistency: ReadConsistency.Sequential, cancellationToken: cancellationToken);
            }
            catch (NoNodeException)
            {
                if (path.LastIndexOf('/') is > 0 and var slash)
                {
                    await Contender.EnsureAsync(client, path[..slash], CreateMode.Persistent);
                }

                await MakeAsync(cancellationToken);
                continue;
            }

            var sum = checked(Parse(found) + amount);
            try
            {
                await client.SetDataAsync(path, Encoding.UTF8.GetBytes(sum.ToString(CultureInfo.InvariantCulture)), found.Stat.Version, cancellationToken);
                return sum;
            }
            catch (Exception e) when (e is BadVersionException or NoNodeException)
            {
                // Another client was faster. One of all always succeeds.
                continue;
            }
        }
    }

    private async Task MakeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await client.CreateAsync(path, "0"u8.ToArray(), cancellationToken: cancellationToken);
        }
        catch (NodeExistsException)
        {
            return;
        }
    }

    private long Parse(NodeData node) =>
        long.TryParse(Encoding.UTF8.GetString(node.Data.Span), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new InvalidOperationException($"{path} holds no number: choose another node for the counter, or write one into it");
}

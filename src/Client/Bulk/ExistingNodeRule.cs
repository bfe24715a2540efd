using GrainKeeper.Client.Errors;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Client.Bulk;

/// <summary>Looks which nodes of a bulk load are there already, and does with those what was asked for.</summary>
internal sealed class ExistingNodeRule(GrainKeeperClient client, ExistingNodes existing)
{
    private enum Meeting
    {
        Missing,
        Left,
        Replaced,
    }

    /// <summary>Meets all of them at once.</summary>
    /// <returns>Those that are not there, and how many were replaced.</returns>
    /// <exception cref="NodeExistsException">One is there with other data, and that is not allowed.</exception>
    internal async Task<(List<BulkNode> Missing, int Replaced)> MeetAsync(List<BulkNode> nodes, CancellationToken token)
    {
        var met = await Task.WhenAll(nodes.Select(n => MeetAsync(n, token)));
        return ([.. nodes.Where((_, i) => met[i] == Meeting.Missing)], met.Count(m => m == Meeting.Replaced));
    }

    private async Task<Meeting> MeetAsync(BulkNode node, CancellationToken token)
    {
        try
        {
            return existing switch
            {
                ExistingNodes.Keep => await client.ExistsAsync(node.Path, cancellationToken: token) is null ? Meeting.Missing : Meeting.Left,
                ExistingNodes.Replace => await ReplaceAsync(node, token),
                _ => await CompareAsync(node, token),
            };
        }
        catch (NoNodeException)
        {
            return Meeting.Missing;
        }
    }

    private async Task<Meeting> CompareAsync(BulkNode node, CancellationToken token)
    {
        var there = await client.GetDataAsync(node.Path, cancellationToken: token);
        return there.Data.Span.SequenceEqual(node.Data.Span)
            ? Meeting.Left
            : throw GrainKeeperException.WithMessage(
                ErrorCode.NodeExists, $"{node.Path} is there with other data ({there.Data.Length} bytes, version {there.Stat.Version}, not {node.Data.Length} bytes as given)", node.Path);
    }

    private async Task<Meeting> ReplaceAsync(BulkNode node, CancellationToken token)
    {
        var there = await client.GetNodeAsync(node.Path, cancellationToken: token);
        var acl = node.Acl ?? AclList.Open;
        var (hasData, hasAcl) = (there.Data.Span.SequenceEqual(node.Data.Span), there.Acl.Equals(acl));
        if (!hasData)
        {
            await client.SetDataAsync(node.Path, node.Data, there.Stat.Version, token);
        }

        if (!hasAcl)
        {
            await client.SetAclAsync(node.Path, acl, cancellationToken: token);
        }

        return hasData && hasAcl ? Meeting.Left : Meeting.Replaced;
    }
}

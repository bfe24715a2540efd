using GrainKeeper.Client;
using GrainKeeper.Client.Errors;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Console.Transfer;

/// <summary>
/// Creates the nodes of an export, many in one transaction each. What is there already is looked for first, so the same import may be run again after it was interrupted, and goes on.
/// </summary>
internal sealed class Importer(GrainKeeperClient client, ExportReader reader, string to, ExistingNodes existing)
{
    private const int MostNodes = 250;
    private const int MostBytes = 256 * 1024;

    /// <summary>Others may create or delete the nodes meanwhile; not for ever.</summary>
    private const int MostAttempts = 5;

    /// <summary>Nodes that were created.</summary>
    internal long Created { get; private set; }

    /// <summary>Nodes that were there, and are as the file has them.</summary>
    internal long Same { get; private set; }

    /// <summary>Nodes that were there and were kept as they are.</summary>
    internal long Kept { get; private set; }

    /// <summary>Nodes that were there and were given other data or another ACL.</summary>
    internal long Replaced { get; private set; }

    /// <summary>Runs it to the end of the export.</summary>
    /// <param name="told">Called after each transaction.</param>
    /// <param name="token">Ends it.</param>
    /// <exception cref="FormatException">The file is not sound.</exception>
    /// <exception cref="GrainKeeperException">A node could not be created; the message names it.</exception>
    internal async Task RunAsync(Action told, CancellationToken token)
    {
        var batch = new List<ExportNode>();
        var bytes = 0;
        while (await reader.NextAsync(token) is { } node)
        {
            if (batch.Count > 0 && (batch.Count == MostNodes || bytes + node.Bytes.Length > MostBytes))
            {
                await StoreAsync(batch, token);
                told();
                batch.Clear();
                bytes = 0;
            }

            batch.Add(node);
            bytes += node.Bytes.Length;
        }

        await StoreAsync(batch, token);
        told();
    }

    private async Task StoreAsync(List<ExportNode> nodes, CancellationToken token)
    {
        for (var attempt = 1; nodes.Count > 0; attempt++)
        {
            var stats = await Task.WhenAll(nodes.Select(n => client.ExistsAsync(PathOf(n), cancellationToken: token)));
            var missing = nodes.Where((_, i) => stats[i] is null).ToList();
            if (missing.Count > 0)
            {
                var result = await client.MultiAsync([.. missing.Select(n => new TreeOperation.Create(PathOf(n), n.Bytes, Acl: AclOf(n)))], token);
                if (!result.Succeeded)
                {
                    // Somebody else has created one between the look and the transaction: look again.
                    if (result.FailedAt >= 0 && result.Results[result.FailedAt].Error == ErrorCode.NodeExists && attempt < MostAttempts)
                    {
                        continue;
                    }

                    throw Failure(missing, result);
                }
            }

            Created += missing.Count;
            foreach (var there in nodes.Where((_, i) => stats[i] is not null))
            {
                await MeetAsync(there, token);
            }

            return;
        }
    }

    /// <summary>Does what is to be done with a node that is there.</summary>
    private async Task MeetAsync(ExportNode node, CancellationToken token)
    {
        var path = PathOf(node);
        if (existing == ExistingNodes.Keep)
        {
            Kept++;
            return;
        }

        var data = await client.GetDataAsync(path, cancellationToken: token);
        var isSame = data.Data.Span.SequenceEqual(node.Bytes.Span);
        if (existing == ExistingNodes.Check)
        {
            Same += isSame ? 1 : throw new NodeExistsException($"import {path}: the node is there with other data; --existing keep leaves such nodes as they are, --existing replace gives them the file's", path);
            return;
        }

        var acl = AclOf(node);
        var hasAcl = (await client.GetAclAsync(path, cancellationToken: token)).Acl.Equals(acl);
        if (!isSame)
        {
            await client.SetDataAsync(path, node.Bytes, data.Stat.Version, token);
        }

        if (!hasAcl)
        {
            await client.SetAclAsync(path, acl, cancellationToken: token);
        }

        (Same, Replaced) = isSame && hasAcl ? (Same + 1, Replaced) : (Same, Replaced + 1);
    }

    private static GrainKeeperException Failure(List<ExportNode> nodes, MultiResult result)
    {
        var (error, path) = result.FailedAt is >= 0 and var at ? (result.Results[at].Error, nodes[at].Path) : (ErrorCode.SystemError, nodes[0].Path);
        return new GrainKeeperException(error, $"import: node {path} of the file could not be created: {Explain(error)}", path);
    }

    private static string Explain(ErrorCode error) => error switch
    {
        ErrorCode.NoNode => "its parent is not there",
        ErrorCode.NodeExists => "it comes and goes",
        ErrorCode.NoAuth => "it is not allowed for this session's identities",
        ErrorCode.InvalidAcl => "its ACL is not valid here",
        ErrorCode.NoChildrenForEphemerals => "its parent is ephemeral",
        ErrorCode.QuotaExceeded => "a quota would be exceeded",
        _ => $"error {(int)error} ({error})",
    };

    private static AclList AclOf(ExportNode node)
    {
        try
        {
            return node.ToAcl();
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw new FormatException($"node {node.Path}: {e.Message}");
        }
    }

    private string PathOf(ExportNode node) => node.Path == "/" ? to : to == "/" ? node.Path : to + node.Path;
}

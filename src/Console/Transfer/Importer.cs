using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using GrainKeeper.Client;
using GrainKeeper.Client.Bulk;
using GrainKeeper.Client.Errors;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Console.Transfer;

/// <summary>Creates the nodes of an export by a bulk load. Nodes that are there already do not stop it, so the same import may be run again after it was interrupted, and goes on.</summary>
internal sealed class Importer(GrainKeeperClient client, ExportReader reader, string to, ExistingNodes existing, bool persistent) : IProgress<BulkLoadProgress>
{
    private BulkLoadProgress _done = new(0, 0, null);
    private Action? _told;

    /// <summary>Nodes that were created.</summary>
    internal long Created => _done.Created;

    /// <summary>Nodes that were there, and are as the file has them.</summary>
    internal long Same => existing == ExistingNodes.Keep ? 0 : _done.Skipped;

    /// <summary>Nodes that were there and were kept as they are.</summary>
    internal long Kept => existing == ExistingNodes.Keep ? _done.Skipped : 0;

    /// <summary>Nodes that were there and were given other data or another ACL.</summary>
    internal long Replaced => _done.Replaced;

    /// <summary>Runs it to the end of the export.</summary>
    /// <param name="told">Called after each transaction.</param>
    /// <param name="token">Ends it.</param>
    /// <exception cref="FormatException">The file is not sound. What came before the fault is created.</exception>
    /// <exception cref="GrainKeeperException">A node could not be created; the message names it.</exception>
    internal async Task RunAsync(Action told, CancellationToken token)
    {
        _told = told;
        try
        {
            await client.BulkLoadAsync(NodesAsync(token), new BulkLoadOptions { Existing = existing }, this, token);
        }
        catch (BulkLoadException e) when (e.InnerException is GrainKeeperException reason)
        {
            if (Explain(reason, e.Node) is { } message)
            {
                throw new GrainKeeperException(reason.Code, message, reason.Path, e);
            }

            ExceptionDispatchInfo.Throw(reason);
        }
    }

    void IProgress<BulkLoadProgress>.Report(BulkLoadProgress value)
    {
        _done = value;
        _told?.Invoke();
    }

    private async IAsyncEnumerable<BulkNode> NodesAsync([EnumeratorCancellation] CancellationToken token)
    {
        while (await reader.NextAsync(token) is { } node)
        {
            yield return node.ToNode(node.Path == "/" ? to : to == "/" ? node.Path : to + node.Path, persistent);
        }
    }

    /// <returns>Null when the reason says it all.</returns>
    private string? Explain(GrainKeeperException reason, BulkNode? node) => (reason.Code, node) switch
    {
        (ErrorCode.NodeExists, null) => $"import: {reason.Message}; --existing keep leaves such nodes as they are, --existing replace gives them the file's",
        (_, null) => null,
        (var code, { } failed) => $"import: node {PathInFile(failed.Path)} of the file could not be created: {Explain(code, failed.Kind)}",
    };

    private static string Explain(ErrorCode error, NodeKind kind) => error switch
    {
        ErrorCode.NoNode => "its parent is not there",
        ErrorCode.NodeExists => "it comes and goes",
        ErrorCode.NoAuth => "it is not allowed for this session's identities",
        ErrorCode.InvalidAcl => "its ACL is not valid here",
        ErrorCode.NoChildrenForEphemerals => "its parent is ephemeral",
        ErrorCode.QuotaExceeded => "a quota would be exceeded",
        ErrorCode.Unimplemented when kind == NodeKind.Ttl => "it has a time to live, and these servers allow none: set extendedTypesEnabled=true on all of them, or import with --persistent",
        _ => $"error {(int)error} ({error})",
    };

    private string PathInFile(string path) => to == "/" ? path : path.Length == to.Length ? "/" : path[to.Length..];
}

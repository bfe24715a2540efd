using System.Text.Json;
using GrainKeeper.Client;
using GrainKeeper.Client.Errors;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Console.Transfer;

/// <summary>
/// Reads a node and all below, parents before their children, and writes a line for each. The nodes are read one after another while others may change them: every node is as it was at some moment
/// of the export, all of them together need not be. What is deleted meanwhile is left out.
/// </summary>
internal sealed class Exporter(GrainKeeperClient client, string from, string? without, Stream output)
{
    /// <summary>Nodes that are read at once.</summary>
    private const int Width = 200;

    private static readonly byte[] _lineFeed = "\n"u8.ToArray();
    private readonly Stack<string> _parents = new();
    private long _nodes;
    private long _ephemerals;
    private long _unreadable;

    /// <summary>One of the nodes that could not be read.</summary>
    internal string? FirstUnreadable { get; private set; }

    internal async Task<ExportEnd> RunAsync(string tree, TransferProgress progress, CancellationToken token)
    {
        await client.SyncAsync(from, token);
        var total = await client.GetAllChildrenNumberAsync(from, cancellationToken: token) + 1;
        await WriteAsync(new ExportHeader(TransferJson.Header, TransferJson.Version, tree, from, DateTime.UtcNow.ToString("O"), $"0x{client.LastZxid:x}"), token);
        await WriteNodesAsync([from], token);
        while (_parents.TryPop(out var parent))
        {
            await WriteChildrenAsync(parent, () => progress.Tell(_nodes + _ephemerals + _unreadable, total), token);
        }

        var end = new ExportEnd(TransferJson.End, _nodes, _ephemerals, _unreadable);
        await WriteAsync(end, token);
        await output.FlushAsync(token);
        progress.Tell(1, 1);
        return end;
    }

    private async Task WriteChildrenAsync(string parent, Action told, CancellationToken token)
    {
        var paths = client.GetChildNamesAsync(parent, cancellationToken: token).Select(n => parent == "/" ? "/" + n : $"{parent}/{n}").Where(p => p != without);
        try
        {
            await foreach (var children in paths.Chunk(Width).WithCancellation(token))
            {
                await WriteNodesAsync(children, token);
                told();
            }
        }
        catch (NoNodeException)
        {
            // Deleted meanwhile, and with it what would come.
            return;
        }
    }

    private async Task WriteNodesAsync(string[] paths, CancellationToken token)
    {
        var read = await Task.WhenAll(paths.Select(p => ReadAsync(p, token)));
        var parents = new List<string>();
        foreach (var (path, found) in paths.Zip(read))
        {
            if (found is not { } node)
            {
                continue;
            }

            if (node.Kind == NodeKind.Ephemeral)
            {
                _ephemerals++;
                continue;
            }

            await WriteAsync(ExportNode.Of(Relative(path), node), token);
            _nodes++;
            if (node.Stat.NumChildren > 0)
            {
                parents.Add(path);
            }
        }

        parents.Reverse();
        parents.ForEach(_parents.Push);
    }

    /// <returns>Null when the node is gone, or may not be read.</returns>
    private async Task<NodeDetails?> ReadAsync(string path, CancellationToken token)
    {
        try
        {
            return await client.GetNodeAsync(path, cancellationToken: token);
        }
        catch (NoNodeException) when (path != from)
        {
            return null;
        }
        catch (NoAuthException)
        {
            _unreadable++;
            FirstUnreadable ??= path;
            return null;
        }
    }

    private string Relative(string path) => from == "/" ? path : path.Length == from.Length ? "/" : path[from.Length..];

    private async Task WriteAsync<T>(T line, CancellationToken token)
    {
        await JsonSerializer.SerializeAsync(output, line, TransferJson.Options, token);
        await output.WriteAsync(_lineFeed, token);
    }
}

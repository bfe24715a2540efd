using System.Runtime.CompilerServices;
using System.Text;
using GrainKeeper.Client.Errors;

namespace GrainKeeper.Client.Bulk;

/// <summary>
/// Creates many nodes by transactions of many creates each, several under way. The session carries them out in order, so parents come first. One that fails because of nodes that are there already is done again without them; those behind it
/// that failed for want of it, after it.
/// </summary>
internal sealed class BulkLoader(GrainKeeperClient client, BulkLoadOptions options, IProgress<BulkLoadProgress>? progress)
{
    private const int BytesBeside = 64;
    private const int MostRepairs = 5;
    private readonly Queue<(List<BulkNode> Nodes, Task<MultiResult> Done)> _underWay = new();
    private BulkLoadProgress _progress = new(0, 0, null);

    internal async Task<BulkLoadProgress> LoadAsync(IAsyncEnumerable<BulkNode> nodes, CancellationToken token)
    {
        try
        {
            await foreach (var batch in BatchesAsync(nodes, token))
            {
                if (_underWay.Count == options.MaxInFlight)
                {
                    await SettleAsync(token);
                }

                _underWay.Enqueue((batch, CreateAsync(batch, token)));
            }

            while (_underWay.Count > 0)
            {
                await SettleAsync(token);
            }

            return _progress;
        }
        catch (GrainKeeperException e)
        {
            throw new BulkLoadException(
                $"the bulk load ended after {_progress.Created} nodes created and {_progress.Skipped} that were there{(_progress.LastPath is { } last ? $", the last of them {last}" : string.Empty)}: {e.Message}", _progress, e);
        }
        finally
        {
            // What is under way is not waited for by anybody else.
            foreach (var (_, done) in _underWay)
            {
                await ((Task)done).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async IAsyncEnumerable<List<BulkNode>> BatchesAsync(IAsyncEnumerable<BulkNode> nodes, [EnumeratorCancellation] CancellationToken token)
    {
        var (batch, bytes) = (new List<BulkNode>(), 0L);
        await foreach (var node in nodes.WithCancellation(token))
        {
            var size = Encoding.UTF8.GetByteCount(node.Path) + node.Data.Length + (node.Acl?.Encoded.Length ?? 0) + BytesBeside;
            if (batch.Count > 0 && (batch.Count == options.MaxNodesPerBatch || bytes + size > options.MaxBytesPerBatch))
            {
                yield return batch;
                (batch, bytes) = ([], 0);
            }

            batch.Add(node);
            bytes += size;
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }

    private Task<MultiResult> CreateAsync(List<BulkNode> nodes, CancellationToken token) =>
        client.MultiAsync(nodes.ConvertAll(TreeOperation (n) => new TreeOperation.Create(n.Path, n.Data, Acl: n.Acl)), token);

    /// <summary>Waits for the oldest; when it has failed, for all, and does again those that failed, in order.</summary>
    private async Task SettleAsync(CancellationToken token)
    {
        if (await TakeAsync() is not { } failed)
        {
            return;
        }

        var again = new List<(List<BulkNode> Nodes, MultiResult Result)> { failed };
        while (_underWay.Count > 0)
        {
            if (await TakeAsync() is { } other)
            {
                again.Add(other);
            }
        }

        foreach (var (nodes, result) in again)
        {
            await RepairAsync(nodes, result, token);
        }
    }

    /// <summary>Waits for the oldest.</summary>
    /// <returns>It, when it has failed.</returns>
    private async Task<(List<BulkNode> Nodes, MultiResult Result)?> TakeAsync()
    {
        var (nodes, done) = _underWay.Dequeue();
        var result = await done;
        if (!result.Succeeded)
        {
            return (nodes, result);
        }

        Report(nodes.Count, 0, nodes[^1].Path);
        return null;
    }

    private async Task RepairAsync(List<BulkNode> nodes, MultiResult result, CancellationToken token)
    {
        var left = nodes;
        for (var repairs = 0; ; repairs++)
        {
            var error = result.Results[result.FailedAt].Error;
            var path = left[result.FailedAt].Path;
            var mayPass = error == ErrorCode.NodeExists ? options.Existing == ExistingNodes.SkipSame : error == ErrorCode.NoNode && repairs == 0;
            if (!mayPass || repairs == MostRepairs)
            {
                throw error == ErrorCode.NoNode
                    ? GrainKeeperException.WithMessage(error, $"the parent of {path} is missing: give parents before their children", path)
                    : GrainKeeperException.Of(error, "bulk load: create", path);
            }

            left = options.Existing == ExistingNodes.SkipSame ? await MissingAsync(nodes, token) : left;
            if (left.Count == 0 || (result = await CreateAsync(left, token)).Succeeded)
            {
                Report(left.Count, nodes.Count - left.Count, nodes[^1].Path);
                return;
            }
        }
    }

    /// <summary>Those that are not there.</summary>
    /// <exception cref="NodeExistsException">One is there with other data.</exception>
    private async Task<List<BulkNode>> MissingAsync(List<BulkNode> nodes, CancellationToken token)
    {
        var reads = nodes.ConvertAll(n => DataAsync(n.Path, token));
        await Task.WhenAll(reads);
        var missing = new List<BulkNode>();
        for (var i = 0; i < nodes.Count; i++)
        {
            if (await reads[i] is not { } there)
            {
                missing.Add(nodes[i]);
            }
            else if (!there.Data.Span.SequenceEqual(nodes[i].Data.Span))
            {
                throw GrainKeeperException.WithMessage(
                    ErrorCode.NodeExists, $"{nodes[i].Path} is there with other data ({there.Data.Length} bytes, version {there.Stat.Version}, not {nodes[i].Data.Length} bytes as given)", nodes[i].Path);
            }
        }

        return missing;
    }

    private async Task<NodeData?> DataAsync(string path, CancellationToken token)
    {
        try
        {
            return await client.GetDataAsync(path, cancellationToken: token);
        }
        catch (NoNodeException)
        {
            return null;
        }
    }

    private void Report(int created, int skipped, string last)
    {
        _progress = new BulkLoadProgress(_progress.Created + created, _progress.Skipped + skipped, last);
        progress?.Report(_progress);
    }
}

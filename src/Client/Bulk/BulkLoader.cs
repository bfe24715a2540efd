using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Text;
using GrainKeeper.Client.Errors;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Tree;

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
    private readonly ExistingNodeRule _existing = new(client, options.Existing);
    private BulkLoadProgress _progress = new(0, 0, null);
    private ExceptionDispatchInfo? _endOfSource;

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
        }
        catch (GrainKeeperException e)
        {
            await CountAsync();
            throw Failure(e, null);
        }
        finally
        {
            await CountAsync();
        }

        _endOfSource?.Throw();
        return _progress;
    }

    private async IAsyncEnumerable<List<BulkNode>> BatchesAsync(IAsyncEnumerable<BulkNode> nodes, [EnumeratorCancellation] CancellationToken token)
    {
        var (batch, bytes) = (new List<BulkNode>(), 0L);
        await using var source = nodes.GetAsyncEnumerator(token);
        while (await NextAsync(source))
        {
            var node = source.Current;
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

    private async Task<bool> NextAsync(IAsyncEnumerator<BulkNode> source)
    {
        try
        {
            return await source.MoveNextAsync();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // What came before is loaded nevertheless, so that it counts.
            _endOfSource = ExceptionDispatchInfo.Capture(e);
            return false;
        }
    }

    private Task<MultiResult> CreateAsync(List<BulkNode> nodes, CancellationToken token) =>
        client.MultiAsync(nodes.ConvertAll(TreeOperation (n) => new TreeOperation.Create(n.Path, n.Data, ModeOf(n), n.Acl, n.TimeToLive)), token);

    private static CreateMode ModeOf(BulkNode node) => node.Kind switch
    {
        NodeKind.Persistent => CreateMode.Persistent,
        NodeKind.Container => CreateMode.Container,
        NodeKind.Ttl => CreateMode.PersistentTtl,
        _ => throw new ArgumentException($"{node.Path} is of kind {node.Kind}: a bulk load creates persistent nodes, containers and TTL nodes"),
    };

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

        Report(nodes.Count, 0, 0, nodes[^1].Path);
        return null;
    }

    /// <summary>Waits for what is under way when it all ends early: nobody else does, and what is done counts.</summary>
    private async Task CountAsync()
    {
        while (_underWay.TryDequeue(out var batch))
        {
            await ((Task)batch.Done).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (batch.Done.IsCompletedSuccessfully && (await batch.Done).Succeeded)
            {
                Report(batch.Nodes.Count, 0, 0, batch.Nodes[^1].Path);
            }
        }
    }

    private async Task RepairAsync(List<BulkNode> nodes, MultiResult result, CancellationToken token)
    {
        var (left, replaced) = (nodes, 0);
        for (var repairs = 0; ; repairs++)
        {
            var error = result.Results[result.FailedAt].Error;
            var node = left[result.FailedAt];
            var mayPass = error == ErrorCode.NodeExists ? options.Existing != ExistingNodes.Fail : error == ErrorCode.NoNode && repairs == 0;
            if (!mayPass || repairs == MostRepairs)
            {
                throw Failure(
                    error == ErrorCode.NoNode
                        ? GrainKeeperException.WithMessage(error, $"the parent of {node.Path} is missing: give parents before their children", node.Path)
                        : GrainKeeperException.Of(error, "bulk load: create", node.Path),
                    node);
            }

            if (options.Existing != ExistingNodes.Fail)
            {
                (left, var changed) = await _existing.MeetAsync(nodes, token);
                replaced += changed;
            }

            if (left.Count == 0 || (result = await CreateAsync(left, token)).Succeeded)
            {
                Report(left.Count, nodes.Count - left.Count - replaced, replaced, nodes[^1].Path);
                return;
            }
        }
    }

    private BulkLoadException Failure(GrainKeeperException reason, BulkNode? node)
    {
        var there = _progress.Skipped + _progress.Replaced;
        var last = _progress.LastPath is { } path ? $", the last of them {path}" : string.Empty;
        return new BulkLoadException($"the bulk load ended after {_progress.Created} nodes created and {there} that were there{last}: {reason.Message}", _progress, reason, node);
    }

    private void Report(int created, int skipped, int replaced, string last)
    {
        _progress = new BulkLoadProgress(_progress.Created + created, _progress.Skipped + skipped, last) { Replaced = _progress.Replaced + replaced };
        progress?.Report(_progress);
    }
}

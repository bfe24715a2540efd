using System.Diagnostics;
using GrainKeeper.Client;
using GrainKeeper.Client.Errors;
using GrainKeeper.Client.Status;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Console.Live;

/// <summary>Looks at all servers again and again, and tells rates from one look to the next.</summary>
internal sealed class TopSampler(GrainKeeperClientOptions options, bool allTrees, TimeSpan patience)
{
    private readonly Dictionary<(string Tree, int Server), (long Ticks, Zxid Committed, long? Received)> _before = [];

    internal async Task<TopSample> LookAsync(CancellationToken token)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(token);
        limit.CancelAfter(patience);
        try
        {
            var report = await EnsembleStatusReader.ReadAsync(options, allTrees, limit.Token);
            var ports = report.Servers.Select(s => s.Server).DistinctBy(s => s.Id).ToDictionary(s => s.Id, s => ServerProbe.AskAsync(s.Host, s.ClientPort, limit.Token));
            await Task.WhenAll(ports.Values);
            var rows = report.Servers.Zip(ServerRow.Of(report), (s, row) => Row(s, row, ports[s.Server.Id].Result)).ToList();
            return new TopSample(DateTime.UtcNow, report.AnsweredBy, report.AllTreesServe, rows, null);
        }
        catch (ConnectionLossException e)
        {
            return new TopSample(DateTime.UtcNow, null, false, [], e.Message);
        }
        catch (OperationCanceledException) when (!token.IsCancellationRequested)
        {
            return new TopSample(DateTime.UtcNow, null, false, [], $"no answer within {patience.TotalSeconds:0} s");
        }
    }

    private TopRow Row(ServerReport report, ServerRow row, ServerProbe? probe)
    {
        var key = (report.Tree, report.Server.Id);
        var now = (Ticks: Stopwatch.GetTimestamp(), Committed: new Zxid(report.Status?.LastCommitted ?? 0), probe?.Received);
        double? writes = null;
        double? requests = null;
        if (report.Status is not null && _before.TryGetValue(key, out var before))
        {
            var seconds = Stopwatch.GetElapsedTime(before.Ticks, now.Ticks).TotalSeconds;
            writes = before.Committed.Epoch == now.Committed.Epoch ? Math.Max(0, now.Committed.Value - before.Committed.Value) / seconds : null;

            // A count that has fallen began anew with the server.
            requests = now.Received - before.Received is >= 0 and var received ? received / seconds : null;
        }

        _before.Remove(key);
        if (report.Status is not null)
        {
            _before[key] = now;
        }

        return new TopRow(row, writes, requests, probe?.LatencyAverage, probe?.LatencyMax, report.Took?.TotalMilliseconds);
    }
}

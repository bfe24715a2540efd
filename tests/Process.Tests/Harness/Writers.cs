using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using GrainKeeper.Client;
using GrainKeeper.Client.Errors;

namespace GrainKeeper.Process.Tests.Harness;

/// <summary>
/// Clients that write without a pause, each one new node after another, and remember what was acknowledged, and when.
/// </summary>
internal sealed class Writers : IAsyncDisposable
{
    private const int ReadsAtOnce = 500;
    private readonly Ensemble _ensemble;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<(long When, string Path)> _acknowledged = new();
    private readonly ConcurrentDictionary<int, int> _byWriter = new();
    private readonly ConcurrentDictionary<string, int> _failures = new();
    private Task[] _running = [];
    private int _sessions;

    private Writers(Ensemble ensemble) => _ensemble = ensemble;

    public int Acknowledged => _acknowledged.Count;

    /// <summary>Sessions made beyond the first of each writer, because the first had expired.</summary>
    public int Expired => _sessions - _running.Length;

    public string Failures => _failures.IsEmpty ? "none" : string.Join(", ", _failures.OrderBy(f => f.Key).Select(f => $"{f.Value} × {f.Key}"));

    /// <summary>Starts writers; each begins at a server of its own choice and moves on when that is lost.</summary>
    public static async Task<Writers> StartAsync(Ensemble ensemble, int count)
    {
        var writers = new Writers(ensemble);
        writers._running = [.. Enumerable.Range(0, count).Select(n => Task.Run(() => writers.WriteAsync(n)))];
        await Until.TrueAsync(() => writers.Acknowledged > count, "the first writes are acknowledged", 60, () => ensemble.Tails);
        return writers;
    }

    /// <summary>Waits until so many more writes have been acknowledged.</summary>
    public Task MoreAsync(int writes, double seconds)
    {
        var goal = Acknowledged + writes;
        return Until.TrueAsync(() => Acknowledged >= goal, $"{writes} more writes are acknowledged ({Failures})", seconds, () => _ensemble.Tails);
    }

    /// <summary>Waits until each writer has had another write acknowledged.</summary>
    public Task EachGoesOnAsync(double seconds)
    {
        var before = _byWriter.ToDictionary();
        return Until.TrueAsync(
            () => _byWriter.All(w => w.Value > before.GetValueOrDefault(w.Key)), $"each writer goes on ({Failures})", seconds, () => _ensemble.Tails);
    }

    /// <summary>Counts a node as written that another client wrote, with <see cref="ValueOf"/>.</summary>
    public void Acknowledge(string path) => _acknowledged.Enqueue((Stopwatch.GetTimestamp(), path));

    /// <summary>The data of a node.</summary>
    public static byte[] ValueOf(string path) => Encoding.UTF8.GetBytes("value of " + path);

    /// <summary>The longest time without an acknowledged write between two moments.</summary>
    public TimeSpan LongestGap(long from, long to)
    {
        var last = from;
        var longest = TimeSpan.Zero;
        foreach (var when in _acknowledged.Select(a => a.When).Where(w => w >= from && w <= to).Order().Append(to))
        {
            var gap = Stopwatch.GetElapsedTime(last, when);
            longest = gap > longest ? gap : longest;
            last = when;
        }

        return longest;
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running).WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>Reads everything that was acknowledged from each server.</summary>
    public async Task DemandAllOnAsync(IEnumerable<int> servers)
    {
        foreach (var server in servers)
        {
            await using var client = await GrainKeeperClient.ConnectAsync(_ensemble.ClientOf(server));
            await client.SyncAsync();
            foreach (var some in _acknowledged.Chunk(ReadsAtOnce))
            {
                var reads = some.Select(a => (a.Path, Read: client.GetDataAsync(a.Path))).ToList();
                foreach (var (path, read) in reads)
                {
                    try
                    {
                        Assert.Equal(ValueOf(path), (await read).Data.ToArray());
                    }
                    catch (NoNodeException)
                    {
                        Assert.Fail($"server {server} has lost the acknowledged node {path}{Environment.NewLine}{_ensemble.Tails}");
                    }
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running).WaitAsync(TimeSpan.FromSeconds(60)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task WriteAsync(int writer)
    {
        GrainKeeperClient? client = null;
        var number = 0;
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                var path = string.Create(CultureInfo.InvariantCulture, $"/w{writer}-{number++}");
                try
                {
                    if (client is null)
                    {
                        client = await GrainKeeperClient.ConnectAsync(_ensemble.ClientOfAll(), _stop.Token);
                        Interlocked.Increment(ref _sessions);
                    }

                    await client.CreateAsync(path, ValueOf(path));
                    Acknowledge(path);
                    _byWriter.AddOrUpdate(writer, 1, (_, n) => n + 1);
                }
                catch (SessionExpiredException)
                {
                    _failures.AddOrUpdate(nameof(SessionExpiredException), 1, (_, n) => n + 1);
                    await client!.DisposeAsync();
                    client = null;
                }
                catch (GrainKeeperException e)
                {
                    // Its outcome is unknown, and nobody was told that it succeeded.
                    _failures.AddOrUpdate(e.GetType().Name, 1, (_, n) => n + 1);
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
        finally
        {
            if (client is not null)
            {
                await client.DisposeAsync();
            }
        }
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using GrainKeeper.Client;
using GrainKeeper.Client.Errors;
using GrainKeeper.Cluster.Tests.Hosting;

namespace GrainKeeper.Cluster.Tests.Ensembles;

/// <summary>Clients that create one node after another, each with a name of its own, and remember which were acknowledged.</summary>
internal sealed class Writers : IAsyncDisposable
{
    public const string Parent = "/writes";
    private readonly ConcurrentQueue<string> _acknowledged = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly Lock _lock = new();
    private readonly List<GrainKeeperClient> _clients = [];
    private Task _running = Task.CompletedTask;
    private TimeSpan _last;
    private int _unknown;

    public IReadOnlyCollection<string> Acknowledged => _acknowledged;

    /// <summary>Writes of which the client did not learn what became of them.</summary>
    public int Unknown => Volatile.Read(ref _unknown);

    /// <summary>The longest time in which no write was acknowledged.</summary>
    public TimeSpan LongestGap { get; private set; }

    public static async Task<Writers> StartAsync(MiniCluster cluster, int count, IEnumerable<int>? servers = null)
    {
        var writers = new Writers();
        for (var i = 0; i < count; i++)
        {
            writers._clients.Add(await cluster.ConnectAsync(servers ?? cluster.Ids));
        }

        await writers._clients[0].CreateAsync(Parent);
        writers._last = writers._watch.Elapsed;
        writers._running = Task.WhenAll(writers._clients.Select((client, number) => Task.Run(() => writers.WriteAsync(client, number))));
        return writers;
    }

    /// <summary>Waits until so many further writes are acknowledged.</summary>
    public Task MoreAsync(int count)
    {
        var goal = _acknowledged.Count + count;
        return Eventually.Is(() => _acknowledged.Count >= goal, () => $"{_acknowledged.Count} of {goal} writes were acknowledged, {Unknown} are unknown", Ensemble.Patience);
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Task.WhenAll(_clients.Select(c => c.DisposeAsync().AsTask()));
        _stop.Dispose();
    }

    private async Task WriteAsync(GrainKeeperClient client, int number)
    {
        for (var i = 0; !_stop.IsCancellationRequested; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{number}-{i:D6}");
            try
            {
                await client.CreateAsync($"{Parent}/{name}");
            }
            catch (ConnectionLossException)
            {
                Interlocked.Increment(ref _unknown);
                continue;
            }

            _acknowledged.Enqueue(name);
            lock (_lock)
            {
                var now = _watch.Elapsed;
                LongestGap = now - _last > LongestGap ? now - _last : LongestGap;
                _last = now;
            }
        }
    }
}

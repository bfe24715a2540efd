using System.Diagnostics;
using GrainKeeper.Client;

namespace GrainKeeper.Benchmarks.Trees;

/// <summary>One session that keeps so many sets in flight, each of a node of its own.</summary>
internal sealed class TreeLoad(GrainKeeperClient client, int session, int size)
{
    private readonly byte[] _value = new byte[size];
    private readonly List<double> _latencies = [];
    private volatile bool _measuring;
    private volatile bool _over;

    /// <summary>Milliseconds of each set that began and ended while it was measured.</summary>
    public IReadOnlyList<double> Latencies => _latencies;

    public void Measure() => _measuring = true;

    public void End()
    {
        _measuring = false;
        _over = true;
    }

    public async Task RunAsync(int pipeline, CancellationToken cancellationToken)
    {
        var paths = Enumerable.Range(0, pipeline).Select(i => $"/s{session}-{i}").ToList();
        foreach (var path in paths)
        {
            if (await client.ExistsAsync(path, cancellationToken: cancellationToken) is null)
            {
                await client.CreateAsync(path, _value, cancellationToken: cancellationToken);
            }
        }

        await Task.WhenAll(paths.Select(p => SetAsync(p, cancellationToken)));
    }

    private async Task SetAsync(string path, CancellationToken cancellationToken)
    {
        while (!_over)
        {
            var measured = _measuring;
            var began = Stopwatch.GetTimestamp();
            await client.SetDataAsync(path, _value, cancellationToken: cancellationToken);
            if (measured && _measuring)
            {
                lock (_latencies)
                {
                    _latencies.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                }
            }
        }
    }
}

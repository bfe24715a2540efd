using System.Collections.Concurrent;
using System.Globalization;
using GrainKeeper.Client;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Process.Tests.Harness;

/// <summary>
/// A client that always has so many writes under way. Each shows whether it is done once and in order: call 2i creates a sequential node, whose number must be i, and call 2i + 1 sets the
/// parent's data if its version is i. Every answer is checked.
/// </summary>
internal sealed class OnceWriter(GrainKeeperClient client, int number, int underWay) : IAsyncDisposable
{
    private readonly ConcurrentQueue<Task> _calls = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private int _made;

    public string Parent { get; } = string.Create(CultureInfo.InvariantCulture, $"/once-{number}");

    public GrainKeeperClient Client => client;

    /// <summary>Calls made so far.</summary>
    public int Made => Volatile.Read(ref _made);

    /// <summary>Calls without an answer now.</summary>
    public IReadOnlyList<Task> Open => [.. _calls.Where(c => !c.IsCompleted)];

    /// <summary>Whether it has failed.</summary>
    public bool Failed => _running.IsFaulted;

    public async Task StartAsync()
    {
        await client.CreateAsync(Parent);
        _running = Task.Run(WorkAsync);
    }

    /// <summary>Makes no further calls, and waits for the answers to those under way.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>The names of the nodes that must be there.</summary>
    public IEnumerable<string> Names => Enumerable.Range(0, (Made + 1) / 2).Select(NameOf);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await client.DisposeAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private static string NameOf(int i) => string.Create(CultureInfo.InvariantCulture, $"{i}-{i:d10}");

    private async Task WorkAsync()
    {
        while (!_stop.IsCancellationRequested || !_calls.IsEmpty)
        {
            while (_calls.Count < underWay && !_stop.IsCancellationRequested)
            {
                _calls.Enqueue(CallAsync(_made));
                _made++;
            }

            if (_calls.TryPeek(out var oldest))
            {
                await oldest;
                _calls.TryDequeue(out _);
            }
        }
    }

    private async Task CallAsync(int call)
    {
        var i = call / 2;
        if (call % 2 == 0)
        {
            var node = await client.CreateAsync(string.Create(CultureInfo.InvariantCulture, $"{Parent}/{i}-"), mode: CreateMode.PersistentSequential);
            Assert.Equal($"{Parent}/{NameOf(i)}", node.Path);
        }
        else
        {
            Assert.Equal(i + 1, (await client.SetDataAsync(Parent, default, version: i)).Version);
        }
    }
}

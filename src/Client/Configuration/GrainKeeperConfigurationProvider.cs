using System.Text;
using System.Threading.Channels;
using GrainKeeper.Client.Errors;
using Microsoft.Extensions.Configuration;

namespace GrainKeeper.Client.Configuration;

/// <summary>Reads a node and those below it, and again after each change and each new connection, since changes may be missed meanwhile.</summary>
internal sealed class GrainKeeperConfigurationProvider(GrainKeeperConfigurationSource source, Func<GrainKeeperClientOptions, GrainKeeperClient> start)
    : ConfigurationProvider, IDisposable
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);
    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _stop = new();
    private GrainKeeperClient? _client;
    private Task? _reloading;
    private bool _isWatched;

    public override void Load()
    {
        if (_client is not null)
        {
            _changes.Writer.TryWrite(true);
            return;
        }

        var client = _client = start(source.Client with { RenewSession = true });
        client.StateChanged += state =>
        {
            if (state == ClientState.Connected)
            {
                _changes.Writer.TryWrite(true);
            }
        };
        try
        {
            // Configuration is read before a program has anything asynchronous.
            Task.Run(() => FirstAsync(client)).GetAwaiter().GetResult();
        }
        catch (Exception e) when (source.Optional && e is GrainKeeperException or InvalidOperationException)
        {
            _changes.Writer.TryWrite(true);
        }
        catch
        {
            // The program will not start: nobody would dispose of this.
            Dispose();
            throw;
        }

        _reloading = Task.Run(() => ReloadAsync(client));
    }

    public void Dispose()
    {
        _stop.Cancel();
        var closing = Task.Run(async () =>
        {
            await (_reloading ?? Task.CompletedTask);
            await (_client?.DisposeAsync() ?? ValueTask.CompletedTask);
        });
        closing.Wait(Farewell);
    }

    private async Task FirstAsync(GrainKeeperClient client)
    {
        await client.ConnectedAsync(_stop.Token);
        await WatchAsync(client);
        Data = await ReadAsync(client) ?? throw new InvalidOperationException($"there is no node {source.Path} to read configuration from: create it, or make the source optional");
    }

    private async Task WatchAsync(GrainKeeperClient client)
    {
        if (!_isWatched)
        {
            await client.AddWatchAsync(source.Path, WatchMode.PersistentRecursive, _ => _changes.Writer.TryWrite(true), cancellationToken: _stop.Token);
            _isWatched = true;
        }
    }

    private async Task ReloadAsync(GrainKeeperClient client)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _changes.Reader.ReadAsync(_stop.Token);
                await Task.Delay(source.ReloadDelay, _stop.Token);
                _changes.Reader.TryRead(out _);
                await WatchAsync(client);
                if (await ReadAsync(client) is { } data && !Same(data))
                {
                    Data = data;
                    OnReload();
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e) when (e is GrainKeeperException or InvalidOperationException && !client.IsOver)
            {
                // What was read last stays in force until it can be read again.
                await Task.Delay(RetryPause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                _changes.Writer.TryWrite(true);
            }
            catch (Exception e) when (e is GrainKeeperException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task<Dictionary<string, string?>?> ReadAsync(GrainKeeperClient client)
    {
        var data = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        var waiting = new Queue<(string Path, string Key)>([(source.Path, string.Empty)]);
        for (var nodes = 0; waiting.TryDequeue(out var next); nodes++)
        {
            if (nodes == source.MaxNodes)
            {
                throw new InvalidOperationException($"more than {source.MaxNodes} nodes are below {source.Path}: configuration is not read from so many; choose a path further down, or raise MaxNodes");
            }

            try
            {
                var node = await client.GetDataAsync(next.Path, cancellationToken: _stop.Token);
                if (next.Key.Length > 0 && node.Data.Length > 0)
                {
                    data[next.Key] = Encoding.UTF8.GetString(node.Data.Span);
                }

                if (node.Stat.NumChildren > 0)
                {
                    foreach (var name in (await client.GetChildrenAsync(next.Path, cancellationToken: _stop.Token)).Names)
                    {
                        waiting.Enqueue(($"{(next.Path == "/" ? string.Empty : next.Path)}/{name}", next.Key.Length == 0 ? name : $"{next.Key}:{name}"));
                    }
                }
            }
            catch (NoNodeException) when (next.Key.Length > 0)
            {
                // Deleted while it was read, which is a change of its own.
                continue;
            }
            catch (NoNodeException)
            {
                return null;
            }
        }

        return data;
    }

    private bool Same(Dictionary<string, string?> data) =>
        data.Count == Data.Count && data.All(d => Data.TryGetValue(d.Key, out var value) && value == d.Value);
}

using System.Threading.Channels;
using GrainKeeper.Client.Errors;

namespace GrainKeeper.Client.Sessions;

/// <summary>Keeps the events of a watch until they are read, a limited number of them. Past ones are asked for only when there is room.</summary>
internal sealed class WatchStream : IDisposable
{
    private readonly Channel<WatchEvent> _events;
    private readonly SemaphoreSlim _read = new(0);
    private readonly string _path;
    private readonly int _capacity;
    private volatile bool _ended;

    internal WatchStream(string path, int capacity)
    {
        (_path, _capacity) = (path, capacity);
        _events = Channel.CreateBounded<WatchEvent>(new BoundedChannelOptions(capacity) { SingleReader = true });
    }

    /// <summary>How many past events it takes at a time.</summary>
    internal int MostPast => Math.Clamp(_capacity / 2, 1, 4_096);

    /// <summary>Takes an event.</summary>
    internal void Take(WatchEvent change)
    {
        if (!_events.Writer.TryWrite(change))
        {
            End(GrainKeeperException.WithMessage(
                ErrorCode.Throttled, $"{_capacity} watch events of {_path} wait to be read: read faster, or raise the capacity", _path));
        }
    }

    /// <summary>Waits until it can take <see cref="MostPast"/> events.</summary>
    internal async Task RoomAsync()
    {
        while (!_ended && _events.Reader.Count + MostPast > _capacity)
        {
            await _read.WaitAsync();
        }
    }

    /// <summary>The next event; null when there are no more.</summary>
    internal async Task<WatchEvent?> NextAsync(CancellationToken token)
    {
        if (!await _events.Reader.WaitToReadAsync(token) || !_events.Reader.TryRead(out var change))
        {
            return null;
        }

        if (_read.CurrentCount == 0)
        {
            _read.Release();
        }

        return change;
    }

    /// <summary>There are no more; what waits is still read.</summary>
    internal void End(Exception reason)
    {
        _events.Writer.TryComplete(reason);
        Dispose();
    }

    /// <summary>Nobody reads any more.</summary>
    public void Dispose()
    {
        _ended = true;
        _read.Release();
    }
}

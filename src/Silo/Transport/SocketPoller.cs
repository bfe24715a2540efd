using System.Collections.Concurrent;
using GrainKeeper.Grains.Pumping;

namespace GrainKeeper.Silo.Transport;

/// <summary>
/// A thread that waits for many sockets and receives on them. The framework's own such thread hands every arrival over to the thread pool, which for a small request costs more than to answer
/// it, and does not say which arrivals came together. Here the reader may go on at once (<see cref="PolledReceiver.InPlace"/>), and pumps are woken when all that came together has been handed to them.
/// </summary>
internal sealed class SocketPoller
{
    private const int MostAtOnce = 256;

    // Reads are answered in place by one thread at a time: more threads get into each other's way.
    private static readonly Lazy<SocketPoller[]> All = new(() => [.. Enumerable.Range(0, Math.Clamp(Environment.ProcessorCount / 4, 1, 4)).Select(static _ => new SocketPoller())]);

    private static int _last;

    private readonly ConcurrentDictionary<long, PolledReceiver> _receivers = new();
    private readonly Epoll _epoll = new();
    private long _lastKey;

    private SocketPoller() => new Thread(Run) { IsBackground = true, Name = "GK Sockets" }.Start();

    /// <summary>Whether this machine has what it needs.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux();

    /// <summary>One of the process' pollers, in turn.</summary>
    public static SocketPoller Next() => All.Value[(int)((uint)Interlocked.Increment(ref _last) % (uint)All.Value.Length)];

    /// <summary>A key for a receiver.</summary>
    public long Enter(PolledReceiver receiver)
    {
        var key = Interlocked.Increment(ref _lastKey);
        _receivers[key] = receiver;
        return key;
    }

    /// <summary>Calls the receiver of that key whenever its descriptor can be read from, until <see cref="Forget"/>.</summary>
    /// <exception cref="IOException">The kernel has no room.</exception>
    public void Watch(nint descriptor, long key) => _epoll.Watch(descriptor, key);

    /// <summary>Does so no longer; a call that is under way may still come.</summary>
    public void Forget(nint descriptor) => _epoll.Forget(descriptor);

    /// <summary>The receiver has ended.</summary>
    public void Leave(long key) => _receivers.TryRemove(key, out _);

    private void Run()
    {
        var keys = new long[MostAtOnce];
        while (true)
        {
            var count = _epoll.Wait(keys);
            DeferredWakes.Begin();
            for (var i = 0; i < count; i++)
            {
                if (_receivers.TryGetValue(keys[i], out var receiver))
                {
                    receiver.Readable();
                }
            }

            DeferredWakes.End();
        }
    }
}

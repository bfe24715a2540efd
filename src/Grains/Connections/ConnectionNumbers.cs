using GrainKeeper.Core.Replica;

namespace GrainKeeper.Grains.Connections;

/// <summary>Numbers connections: never one twice, not even over restarts of the process, so that a client's call never meets a stranger's connection.</summary>
internal static class ConnectionNumbers
{
    private static long _last = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() << 20;

    public static ConnectionId Next() => new(Interlocked.Increment(ref _last));
}

using System.Collections.Concurrent;
using GrainKeeper.Grains.Hosting;

namespace GrainKeeper.Cluster.Tests.Hosting;

/// <summary>Keeps what would end a server's process.</summary>
internal sealed class FatalErrorRecorder(ConcurrentQueue<string> errors) : IServerFailureHandler
{
    public void Fatal(string message, Exception error) => errors.Enqueue($"{message}: {error}");
}

using System.Net;
using GrainKeeper.Core.Replica;
using GrainKeeper.Grains.Replicas;

namespace GrainKeeper.Grains.Connections;

/// <summary>A client's connection, between whoever carries its frames and the replica's pump.</summary>
internal sealed class ReplicaConnection(ReplicaHost host, ConnectionId id, IPAddress address, string? certificate, IConnectionSink sink) : IReplicaConnection
{
    private int _ended;

    /// <inheritdoc/>
    public ConnectionId Id => id;

    /// <summary>Where the client comes from.</summary>
    public IPAddress Address => address;

    /// <summary>The subject of the client's verified certificate, or null.</summary>
    public string? Certificate => certificate;

    /// <summary>Where output goes. By the pump only.</summary>
    public IConnectionSink Sink => sink;

    /// <summary>Whether something was written and not flushed. By the pump only.</summary>
    public bool Dirty { get; set; }

    private bool Ended => Volatile.Read(ref _ended) != 0;

    /// <inheritdoc/>
    public bool TryPost(IReadOnlyList<ReadOnlyMemory<byte>> frames) =>
        !Ended && (frames.Count == 0 || host.TryPost(new ReplicaInput.ClientFrames(id, frames)));

    /// <inheritdoc/>
    public async ValueTask<bool> WaitToPostAsync(CancellationToken cancellationToken)
    {
        while (!Ended)
        {
            if (host.HasRoomForClients)
            {
                return true;
            }

            await Task.Delay(2, cancellationToken).ConfigureAwait(false);
        }

        return false;
    }

    /// <inheritdoc/>
    public void Close()
    {
        if (End())
        {
            host.ConnectionGone(this);
        }
    }

    /// <summary>Takes no more frames.</summary>
    /// <returns>False when it had ended before.</returns>
    public bool End() => Interlocked.Exchange(ref _ended, 1) == 0;
}

using System.Net;
using GrainKeeper.Core.Replica;
using GrainKeeper.Grains.Pumping;
using GrainKeeper.Grains.Replicas;

namespace GrainKeeper.Grains.Connections;

/// <summary>A client's connection, between whoever carries its frames and the replica's pump.</summary>
internal sealed class ReplicaConnection(
    ReplicaHost host, ConnectionId id, IPAddress address, string? certificate, int keptResults, IConnectionSink sink, (int Requests, long Bytes) mostQueued) : IReplicaConnection
{
    private readonly InputBudget _queuedRequests = new(mostQueued.Requests);
    private readonly InputBudget _queuedBytes = new(mostQueued.Bytes);
    private int _ended;

    /// <inheritdoc/>
    public ConnectionId Id => id;

    /// <summary>Where the client comes from.</summary>
    public IPAddress Address => address;

    /// <summary>The subject of the client's verified certificate, or null.</summary>
    public string? Certificate => certificate;

    /// <summary>How many answers a session that it creates shall keep.</summary>
    public int KeptResults => keptResults;

    /// <summary>Where output goes. By the pump only.</summary>
    public IConnectionSink Sink => sink;

    /// <summary>Whether something was written and not flushed. By the pump only.</summary>
    public bool Dirty { get; set; }

    private bool Ended => Volatile.Read(ref _ended) != 0;

    /// <inheritdoc/>
    public bool TryPost(IReadOnlyList<ReadOnlyMemory<byte>> frames)
    {
        if (Ended)
        {
            return false;
        }

        // In their order: not before what waits.
        if (frames.Count == 0 || (_queuedRequests.Used == 0 && host.TryHandleInPlace(this, frames)))
        {
            return true;
        }

        var bytes = BytesOf(frames);
        if (!_queuedRequests.TryTake(frames.Count))
        {
            return false;
        }

        if (!_queuedBytes.TryTake(bytes))
        {
            _queuedRequests.Return(frames.Count);
            return false;
        }

        if (host.TryPost(new ReplicaInput.ClientFrames(id, frames)))
        {
            return true;
        }

        Taken(frames);
        return false;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> WaitToPostAsync(CancellationToken cancellationToken)
    {
        while (!Ended)
        {
            // Nothing of its own, for then any batch is admitted: less would be asked for in vain.
            if (host.HasRoomForClients && _queuedRequests.Used == 0 && _queuedBytes.Used == 0)
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

    /// <summary>The pump has taken frames that were posted.</summary>
    public void Taken(IReadOnlyList<ReadOnlyMemory<byte>> frames)
    {
        _queuedRequests.Return(frames.Count);
        _queuedBytes.Return(BytesOf(frames));
    }

    /// <summary>Takes no more frames.</summary>
    /// <returns>False when it had ended before.</returns>
    public bool End() => Interlocked.Exchange(ref _ended, 1) == 0;

    private static long BytesOf(IReadOnlyList<ReadOnlyMemory<byte>> frames)
    {
        long bytes = 0;
        for (var i = 0; i < frames.Count; i++)
        {
            bytes += frames[i].Length;
        }

        return bytes;
    }
}

using GrainKeeper.Core.Replica;

namespace GrainKeeper.Grains.Connections;

/// <summary>A client's connection to a tree of this server. Thread-safe, but frames keep their order only when one caller posts them.</summary>
public interface IReplicaConnection
{
    /// <summary>Its number, never used twice.</summary>
    ConnectionId Id { get; }

    /// <summary>
    /// Hands over complete frames, without their length prefixes: at best all that one read gave. List and bytes belong to the replica from then on and must not change. The answers may reach the sink before this returns.
    /// </summary>
    /// <returns>False when too much waits: nothing was taken, wait for <see cref="WaitToPostAsync"/> and post the same frames again.</returns>
    bool TryPost(IReadOnlyList<ReadOnlyMemory<byte>> frames);

    /// <summary>Waits until posting is likely to succeed.</summary>
    /// <returns>False when the connection has ended.</returns>
    ValueTask<bool> WaitToPostAsync(CancellationToken cancellationToken);

    /// <summary>The client has gone. Nothing is sent to the sink any more once the replica knows; calls after the first are ignored.</summary>
    void Close();
}

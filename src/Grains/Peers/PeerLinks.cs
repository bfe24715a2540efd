using System.Buffers;
using GrainKeeper.Contracts.Peers;
using GrainKeeper.Core.Quorum;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Grains.Peers;

/// <summary>The links of one kind from this server to all its peers in one tree.</summary>
/// <typeparam name="T">The messages.</typeparam>
internal sealed class PeerLinks<T> : IAsyncDisposable
{
    private readonly Dictionary<ServerId, PeerLink> _links = [];
    private readonly Action<IBufferWriter<byte>, T> _encode;

    public PeerLinks(
        PeerLinkIdentity identity,
        QuorumConfiguration configuration,
        bool probes,
        PeerLinkOptions options,
        IPeerLiveness liveness,
        Func<ServerId, PeerBatch, Task<PeerBatchAck>> call,
        Action<IBufferWriter<byte>, T> encode,
        IPeerLinkOwner owner,
        ILogger logger)
    {
        _encode = encode;
        foreach (var member in configuration.Members)
        {
            if (member.Id != identity.Self)
            {
                var peer = member.Id;
                _links.Add(peer, new PeerLink(identity, peer, probes, options, liveness, batch => call(peer, batch), owner, logger));
            }
        }
    }

    /// <summary>Whether nothing waits or is under way on any link.</summary>
    public bool Idle => _links.Values.All(l => l.Idle);

    /// <summary>Queues a message. One to a stranger is dropped: it has left the ensemble.</summary>
    public void Send(ServerId to, T message)
    {
        if (_links.TryGetValue(to, out var link))
        {
            link.Send(message, _encode);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var link in _links.Values)
        {
            await link.DisposeAsync();
        }
    }
}

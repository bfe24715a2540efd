using System.Buffers;
using GrainKeeper.Core.Quorum;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Grains.Peers;

/// <summary>
/// The links of one kind from this server to its peers in one tree: to those of the ensemble, and to every other server that is met (one that is about to be added or was
/// removed). A link to a server that is gone for good stays, idle.
/// </summary>
/// <typeparam name="T">The messages.</typeparam>
internal sealed class PeerLinks<T> : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ServerId, PeerLink> _links = [];
    private readonly ServerId _self;
    private readonly bool _probes;
    private readonly IPeerLiveness _liveness;
    private readonly Func<ServerId, PeerLink> _open;
    private readonly Action<IBufferWriter<byte>, T> _encode;
    private volatile PeerLink[] _all = [];
    private bool _closed;

    public PeerLinks(
        PeerLinkIdentity identity,
        QuorumConfiguration configuration,
        bool probes,
        PeerLinkOptions options,
        IPeerLiveness liveness,
        Func<ServerId, PeerWire> wire,
        Action<IBufferWriter<byte>, T> encode,
        IPeerLinkOwner owner,
        ILogger logger)
    {
        _self = identity.Self;
        _probes = probes;
        _liveness = liveness;
        _encode = encode;
        _open = peer => new PeerLink(identity, peer, probes, options, liveness, wire(peer), owner, logger);
        liveness.PeerUp += OnPeerUp;
        Meet(configuration);
    }

    /// <summary>Whether nothing waits or is under way on any link.</summary>
    public bool Idle
    {
        get
        {
            lock (_gate)
            {
                return _links.Values.All(l => l.Idle);
            }
        }
    }

    /// <summary>Opens the links to servers that it has none to. From any thread.</summary>
    public void Meet(QuorumConfiguration configuration)
    {
        foreach (var member in configuration.Members)
        {
            LinkTo(member.Id);
        }
    }

    /// <summary>Queues a message.</summary>
    public void Send(ServerId to, T message) => LinkTo(to)?.Send(message, _encode);

    /// <summary>Posts what waits on every link.</summary>
    public void Flush()
    {
        foreach (var link in _all)
        {
            link.Flush();
        }
    }

    /// <summary>The link to a peer; null when there is none.</summary>
    public PeerLink? Find(ServerId peer)
    {
        lock (_gate)
        {
            return _links.GetValueOrDefault(peer);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _liveness.PeerUp -= OnPeerUp;
        List<PeerLink> links;
        lock (_gate)
        {
            _closed = true;
            links = [.. _links.Values];
        }

        foreach (var link in links)
        {
            await link.DisposeAsync();
        }
    }

    // A link that does not probe opens with its first message.
    private void OnPeerUp(PeerChange change)
    {
        if (_probes)
        {
            LinkTo(change.Peer);
        }
    }

    private PeerLink? LinkTo(ServerId peer)
    {
        lock (_gate)
        {
            if (peer == _self || _closed || peer.Value is < 1 or > ServerId.Max)
            {
                return null;
            }

            if (!_links.TryGetValue(peer, out var link))
            {
                _links.Add(peer, link = _open(peer));
                _all = [.. _links.Values];
            }

            return link;
        }
    }
}

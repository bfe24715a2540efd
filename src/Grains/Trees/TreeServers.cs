using System.Collections.Concurrent;
using System.Net;
using GrainKeeper.Core.Replica;
using GrainKeeper.Grains.Connections;
using GrainKeeper.Grains.Replicas;

namespace GrainKeeper.Grains.Trees;

/// <summary>The trees that run on this server. Thread-safe.</summary>
internal sealed class TreeServers : IReplicaConnections
{
    private readonly ConcurrentDictionary<string, TreeServer> _trees = new(StringComparer.Ordinal);
    private volatile string[] _names = [];

    /// <summary>In which of the trees transactions are not finished.</summary>
    public TreeUse Use { get; } = new();

    /// <summary>The names, sorted.</summary>
    public string[] Names => _names;

    /// <summary>Hears of every replica that is started. Set before the first tree is added.</summary>
    public Action<TreeServer, ReplicaHost>? ReplicaStarted { get; set; }

    public IEnumerable<TreeServer> All => _trees.Values;

    public TreeServer? Find(string tree) => _trees.GetValueOrDefault(tree);

    public void Add(TreeServer server)
    {
        server.ReplicaStarted = ReplicaStarted;
        _trees[server.Context.Tree] = server;
        _names = [.. _trees.Keys.Order(StringComparer.Ordinal)];
    }

    public void Remove(TreeServer server)
    {
        _trees.TryRemove(new KeyValuePair<string, TreeServer>(server.Context.Tree, server));
        _names = [.. _trees.Keys.Order(StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public IReplicaConnection? Open(string tree, IPAddress address, string? certificate, IConnectionSink sink) =>
        Find(tree)?.Replica?.Open(address, certificate, sink);

    /// <inheritdoc/>
    public Task<ReplicaView?> InspectAsync(string tree, ReplicaReportParts parts, int limit, CancellationToken cancellationToken) =>
        Find(tree)?.Replica?.InspectAsync(parts, limit).WaitAsync(cancellationToken) ?? Task.FromResult<ReplicaView?>(null);
}

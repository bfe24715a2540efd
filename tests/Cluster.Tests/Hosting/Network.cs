using System.Collections.Concurrent;
using System.Net;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Silo.Configuration;
using Microsoft.AspNetCore.Connections;
using Orleans.Configuration;

namespace GrainKeeper.Cluster.Tests.Hosting;

/// <summary>
/// The network between the servers of a <see cref="MiniCluster"/>, as connection middleware: it breaks connections and refuses new ones, hellos and Orleans' own alike.
/// </summary>
internal sealed class Network(IReadOnlyList<ServerEntry> servers)
{
    private readonly ConcurrentDictionary<ConnectionContext, (int From, int To)> _connections = new();
    private readonly HashSet<(int, int)> _cuts = [];
    private readonly HashSet<int> _dead = [];
    private readonly Dictionary<(int, int), TaskCompletionSource> _held = [];
    private readonly Lock _lock = new();

    public void Cut(int a, int b) => Change(() => _cuts.Add((Math.Min(a, b), Math.Max(a, b))));

    public void Heal(int a, int b) => Change(() => _cuts.Remove((Math.Min(a, b), Math.Max(a, b))));

    /// <summary>Nothing reaches or leaves the server any more, as if its process were gone.</summary>
    public void Kill(int server) => Change(() => _dead.Add(server));

    public void Revive(int server) => Change(() => _dead.Remove(server));

    /// <summary>
    /// Calls between the two do not arrive until they are released, though the connections stay: a link that loses packets, or a peer that hangs. They then arrive late.
    /// </summary>
    public void Hold(int a, int b)
    {
        lock (_lock)
        {
            _held.TryAdd((Math.Min(a, b), Math.Max(a, b)), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }
    }

    public void ReleaseAll()
    {
        lock (_lock)
        {
            foreach (var gate in _held.Values)
            {
                gate.TrySetResult();
            }

            _held.Clear();
        }
    }

    /// <summary>Done when a call may pass.</summary>
    public Task PassAsync(int from, int to)
    {
        lock (_lock)
        {
            return _held.TryGetValue((Math.Min(from, to), Math.Max(from, to)), out var gate) ? gate.Task : Task.CompletedTask;
        }
    }

    public void Attach(SiloConnectionOptions options, int self)
    {
        options.ConfigureSiloOutboundConnection(b => b.Use(next => context => RunAsync(context, next, self, TargetOf(context))));
        options.ConfigureSiloInboundConnection(b => b.Use(next => context => RunAsync(context, next, 0, self)));
        options.ConfigureGatewayInboundConnection(b => b.Use(next => context => RunAsync(context, next, 0, self)));
    }

    private int TargetOf(ConnectionContext context) =>
        servers.Single(s => s.SiloPort == ((IPEndPoint)context.RemoteEndPoint!).Port).Id.Value;

    private async Task RunAsync(ConnectionContext context, ConnectionDelegate next, int from, int to)
    {
        _connections[context] = (from, to);
        try
        {
            if (IsBroken((from, to)))
            {
                context.Abort();
                throw new ConnectionAbortedException("the network is cut");
            }

            await next(context);
        }
        finally
        {
            _connections.TryRemove(context, out _);
        }
    }

    private void Change(Action change)
    {
        lock (_lock)
        {
            change();
        }

        foreach (var (context, ends) in _connections)
        {
            if (IsBroken(ends))
            {
                context.Abort();
            }
        }
    }

    private bool IsBroken((int From, int To) ends)
    {
        lock (_lock)
        {
            return _dead.Contains(ends.From) || _dead.Contains(ends.To) || _cuts.Contains((Math.Min(ends.From, ends.To), Math.Max(ends.From, ends.To)));
        }
    }
}

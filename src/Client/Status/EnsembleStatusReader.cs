using System.Diagnostics;
using GrainKeeper.Client.Connections;
using GrainKeeper.Client.Errors;
using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Servers;
using GrainKeeper.Contracts.Trees;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Client.Status;

/// <summary>Asks every server of an ensemble what it is doing. Needs no session and no leader.</summary>
public static class EnsembleStatusReader
{
    /// <summary>How long a server may take; a live one takes milliseconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Tries the servers in a random order until one answers, and asks all others through it.</summary>
    /// <param name="options">The servers and the ensemble's name; <see cref="GrainKeeperClientOptions.Tree"/> is the tree asked about.</param>
    /// <param name="allTrees">Whether to ask about all trees instead.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="ConnectionLossException">No server answers; the message says why not, for each.</exception>
    public static async Task<EnsembleReport> ReadAsync(GrainKeeperClientOptions options, bool allTrees = false, CancellationToken cancellationToken = default)
    {
        options.Validate();
        var rotation = new EndpointRotation(options.Servers.Servers, Random.Shared);
        var failures = new List<string>();
        for (var i = 0; i < rotation.Count; i++)
        {
            var endpoint = rotation.Next();
            try
            {
                using var gateway = await GatewayPool.Shared.RentAsync(options.ClusterId, endpoint, cancellationToken);
                var info = await GrainCalls.MakeAsync(gateway, g => g.GetGrain<IServerInfoGrain>(0).GetInfo(), cancellationToken, Patience);
                return await AskAllAsync(gateway, info, options, allTrees, cancellationToken);
            }
            catch (Exception e) when (e is ServerConnectionException or TimeoutException)
            {
                failures.Add($"{endpoint}: {e.Message}");
            }
        }

        throw new ConnectionLossException(
            $"no server answers ({string.Join("; ", failures)}): check that the servers run, and that the ports are their gateway ports");
    }

    private static async Task<EnsembleReport> AskAllAsync(
        GatewayLease gateway, ServerInfo info, GrainKeeperClientOptions options, bool allTrees, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> trees = [TreeName.Root, .. info.Trees.Where(t => t != TreeName.Root).Order(StringComparer.Ordinal)];
        var asked = from tree in allTrees ? trees : [options.Tree]
                    from server in info.Servers.OrderBy(s => s.Id)
                    select AskAsync(gateway, tree, server, cancellationToken);
        return new EnsembleReport(info.Server, trees, await Task.WhenAll(asked.ToList()));
    }

    private static async Task<ServerReport> AskAsync(GatewayLease gateway, string tree, ServerDescription server, CancellationToken cancellationToken)
    {
        var key = ServerGrainKey.Format(tree, new ServerId(server.Id));
        var begun = Stopwatch.GetTimestamp();
        try
        {
            var status = await GrainCalls.MakeAsync(gateway, g => g.GetGrain<IZNodeTreeGrain>(key).GetStatus(), cancellationToken, Patience);
            return new ServerReport(server, tree, status, null) { Took = Stopwatch.GetElapsedTime(begun) };
        }
        catch (TimeoutException)
        {
            return new ServerReport(server, tree, null, $"no answer within {Patience.TotalSeconds:0} s");
        }
        catch (ServerConnectionException e)
        {
            return new ServerReport(server, tree, null, e.Message);
        }
    }
}

using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Servers;
using GrainKeeper.Contracts.Trees;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Client.Connections;

/// <summary>Opens virtual connections to a server's replica through that server's own gateway.</summary>
internal sealed class GrainDialer(GrainKeeperClientOptions options) : IServerDialer
{
    public async Task<IServerConnection> DialAsync(ServerEndpoint endpoint, CancellationToken cancellationToken)
    {
        var gateway = await GatewayPool.Shared.RentAsync(options.ClusterId, endpoint, cancellationToken);
        try
        {
            return await OpenAsync(gateway, cancellationToken);
        }
        catch
        {
            gateway.Dispose();
            throw;
        }
    }

    private async Task<IServerConnection> OpenAsync(GatewayLease gateway, CancellationToken cancellationToken)
    {
        var info = await GrainCalls.MakeAsync(gateway, g => g.GetGrain<IServerInfoGrain>(0).GetInfo(), cancellationToken);
        var key = ServerGrainKey.Format(options.Tree, new ServerId(info.Server));
        var description = new ConnectionOptions(options.Description, options.MaxWritesInFlight);
        var number = await GrainCalls.MakeAsync(gateway, g => g.GetGrain<IZNodeTreeGrain>(key).OpenConnection(description), cancellationToken);
        return number >= 0
            ? new GrainConnection(gateway, gateway.Grains.GetGrain<IZNodeTreeGrain>(key), info.Server, number)
            : throw new ServerConnectionException($"tree '{options.Tree}' is not running on server {info.Server} (yet)");
    }
}

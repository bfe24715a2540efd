using System.Net;
using System.Net.Sockets;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Silo.Configuration;

namespace GrainKeeper.Silo.Hosting;

/// <summary>Finds the IP address at which this server tells its peers to call it.</summary>
internal static class AdvertisedAddress
{
    /// <summary>
    /// The address of the server's own line. Where that does not serve, the one from which this machine reaches its peers: many systems resolve
    /// their own name to a loopback address, and containers often list themselves as 0.0.0.0.
    /// </summary>
    /// <exception cref="ServerStartException">The own host name does not resolve.</exception>
    public static IPAddress Find(ServerConfiguration configuration)
    {
        var own = configuration.SelfEntry;
        var others = configuration.Servers.Where(s => s.Id != own.Id && !s.HasWildcardHost).ToArray();
        if (own.HasWildcardHost)
        {
            return RouteTo(others) ?? IPAddress.Loopback;
        }

        var candidates = Resolve(own);
        var preferred = candidates.FirstOrDefault(a => !IPAddress.IsLoopback(a)) ?? candidates[0];
        return IPAddress.IsLoopback(preferred) && !IPAddress.TryParse(own.Host, out _) && RouteTo(others) is { } route ? route : preferred;
    }

    private static IPAddress[] Resolve(ServerEntry own)
    {
        try
        {
            var found = Dns.GetHostAddresses(own.Host).OrderBy(a => a.AddressFamily == AddressFamily.InterNetwork ? 0 : 1).ToArray();
            if (found.Length > 0)
            {
                return found;
            }
        }
        catch (SocketException)
        {
        }

        throw new ServerStartException(
            ExitCodes.CannotStart, $"the host '{own.Host}' of server.{own.Id} (this server) does not resolve to an address; correct the line, DNS or the hosts file");
    }

    // Connecting a UDP socket sends nothing; it only asks the routing table.
    private static IPAddress? RouteTo(IEnumerable<ServerEntry> peers)
    {
        foreach (var peer in peers)
        {
            try
            {
                var target = Dns.GetHostAddresses(peer.Host).FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork);
                if (target is null || IPAddress.IsLoopback(target))
                {
                    continue;
                }

                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
                socket.Connect(target, peer.SiloPort);
                if (socket.LocalEndPoint is IPEndPoint { Address: var local } && !local.Equals(IPAddress.Any))
                {
                    return local;
                }
            }
            catch (SocketException)
            {
            }
        }

        return null;
    }
}

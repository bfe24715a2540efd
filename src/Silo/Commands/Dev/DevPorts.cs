using System.Globalization;
using System.Net;
using System.Net.Sockets;
using GrainKeeper.Silo.Hosting;

namespace GrainKeeper.Silo.Commands.Dev;

/// <summary>Finds out whether the ports of a development ensemble are free before any child is started.</summary>
internal static class DevPorts
{
    /// <exception cref="ServerStartException">Some are not; all of them are named.</exception>
    public static void Check(DevOptions options)
    {
        var taken = new List<string>();
        foreach (var entry in options.Entries)
        {
            foreach (var (port, use) in new[] { (entry.SiloPort, "silo"), (entry.GatewayPort, "gateway"), (entry.ClientPort!.Value, "ZooKeeper") })
            {
                if (!IsFree(port))
                {
                    taken.Add(string.Create(CultureInfo.InvariantCulture, $"{port} ({use} port of server {entry.Id})"));
                }
            }
        }

        if (taken.Count > 0)
        {
            throw new ServerStartException(
                ExitCodes.CannotStart, $"already in use: {string.Join(", ", taken)}; stop what uses them, or choose other ports with --base-port");
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

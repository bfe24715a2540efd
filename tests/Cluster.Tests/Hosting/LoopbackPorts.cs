using System.Net;
using System.Net.Sockets;

namespace GrainKeeper.Cluster.Tests.Hosting;

/// <summary>
/// Ports for servers of tests: below the range from which the system takes ports for outgoing connections, so that a server that restarts finds its own port again.
/// </summary>
internal static class LoopbackPorts
{
    private const int First = 11_000;
    private const int Last = 31_000;
    private static readonly Lock Gate = new();
    private static int _next = Random.Shared.Next(First, Last);

    public static int[] Take(int count)
    {
        lock (Gate)
        {
            var ports = new List<int>(count);
            for (var tries = 0; ports.Count < count; tries++)
            {
                Assert.True(tries < Last - First, "no free ports");
                _next = _next >= Last ? First : _next + 1;
                if (IsFree(_next))
                {
                    ports.Add(_next);
                }
            }

            return [.. ports];
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

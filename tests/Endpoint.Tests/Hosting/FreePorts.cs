using System.Net;
using System.Net.Sockets;

namespace GrainKeeper.Endpoint.Tests.Hosting;

/// <summary>Ports for servers of tests, below the range from which the system takes ports for outgoing connections.</summary>
internal static class FreePorts
{
    private const int First = 11_000;
    private const int Last = 31_000;
    private static int _next = Random.Shared.Next(First, Last);

    public static int Take()
    {
        for (var tries = 0; tries < Last - First; tries++)
        {
            _next = _next >= Last ? First : _next + 1;
            try
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Loopback, _next));
                return _next;
            }
            catch (SocketException)
            {
                // In use; the next one may be free.
            }
        }

        throw new InvalidOperationException("no free port");
    }
}

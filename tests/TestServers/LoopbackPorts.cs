using System.Net;
using System.Net.Sockets;

namespace GrainKeeper.TestServers;

/// <summary>
/// Ports for servers of tests: below the range from which the system takes ports for outgoing connections, so that a server that restarts finds its own port again.
/// </summary>
public static class LoopbackPorts
{
    private const int First = 11_000;
    private const int Last = 31_000;
    private static readonly Lock Gate = new();
    private static int _next = Random.Shared.Next(First, Last);

    /// <summary>The first of <paramref name="count"/> ports in a row that are free.</summary>
    public static int TakeRange(int count)
    {
        lock (Gate)
        {
            for (var tries = 0; tries < 1_000; tries++)
            {
                if (_next + count > Last)
                {
                    _next = First;
                }

                var first = _next;
                _next += count;
                if (Enumerable.Range(first, count).All(IsFree))
                {
                    return first;
                }
            }
        }

        throw new InvalidOperationException($"there are no {count} free ports in a row between {First} and {Last}");
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

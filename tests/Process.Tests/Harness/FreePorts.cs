using System.Net;
using System.Net.Sockets;

namespace GrainKeeper.Process.Tests.Harness;

/// <summary>
/// Ports for servers of tests: below the range from which the system takes ports for outgoing connections, so that a server that restarts finds its own port again.
/// </summary>
internal static class FreePorts
{
    private const int First = 11_000;
    private const int Last = 31_000;
    private static readonly Lock Gate = new();
    private static int _next = Random.Shared.Next(First, Last);

    /// <summary>Ports in a row, all free.</summary>
    public static int TakeRow(int count)
    {
        lock (Gate)
        {
            for (var tries = 0; tries < Last - First; tries++)
            {
                _next = _next + count >= Last ? First : _next + 1;
                if (Enumerable.Range(_next, count).All(IsFree))
                {
                    var row = _next;
                    _next += count;
                    return row;
                }
            }
        }

        throw new InvalidOperationException("no free ports");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Any, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

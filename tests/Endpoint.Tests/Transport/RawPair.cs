using System.Net;
using System.Net.Sockets;

namespace GrainKeeper.Endpoint.Tests.Transport;

/// <summary>The two ends of a connection.</summary>
internal sealed class RawPair(Socket own, Socket peer) : IDisposable
{
    public Socket Own => own;

    public Socket Peer => peer;

    public static async Task<RawPair> OpenAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await peer.ConnectAsync(listener.LocalEndPoint!);
        var own = await listener.AcceptAsync();
        own.NoDelay = true;
        return new RawPair(own, peer);
    }

    public void Dispose()
    {
        own.Dispose();
        peer.Dispose();
    }
}

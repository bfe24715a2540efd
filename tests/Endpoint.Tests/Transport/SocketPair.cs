using System.Net;
using System.Net.Sockets;
using GrainKeeper.Silo.Transport;

namespace GrainKeeper.Endpoint.Tests.Transport;

/// <summary>A connection under test, and the plain socket at its other end.</summary>
internal sealed class SocketPair : IAsyncDisposable
{
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(60));

    private SocketPair(DirectConnection connection, Socket peer)
    {
        Connection = connection;
        Peer = peer;
    }

    public DirectConnection Connection { get; }

    public Socket Peer { get; }

    /// <summary>Ends what hangs.</summary>
    public CancellationToken Patience => _patience.Token;

    public static async Task<SocketPair> OpenAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await peer.ConnectAsync(listener.LocalEndPoint!);
        var socket = await listener.AcceptAsync();
        socket.NoDelay = true;
        return new SocketPair(new DirectConnection(socket), peer);
    }

    /// <summary>Has the peer break the connection as a process does that is killed with data unread.</summary>
    public void Reset()
    {
        Peer.LingerState = new LingerOption(true, 0);
        Peer.Dispose();
    }

    public async Task<byte[]> ReceiveAsync(int count)
    {
        var bytes = new byte[count];
        for (var at = 0; at < count;)
        {
            var received = await Peer.ReceiveAsync(bytes.AsMemory(at), Patience);
            Assert.NotEqual(0, received);
            at += received;
        }

        return bytes;
    }

    public async ValueTask DisposeAsync()
    {
        Connection.Abort();
        await Connection.DisposeAsync();
        Peer.Dispose();
        _patience.Dispose();
    }
}

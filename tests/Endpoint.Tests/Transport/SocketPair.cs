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

    public static async Task<SocketPair> OpenAsync(Receiving receiving = Receiving.ByFramework)
    {
        var sockets = await RawPair.OpenAsync();
        var connection = new DirectConnection(sockets.Own, polled: receiving != Receiving.ByFramework);
        if (receiving == Receiving.InPlace)
        {
            Assert.IsType<SocketInput>(connection.Transport.Input).ReadInPlace();
        }

        return new SocketPair(connection, sockets.Peer);
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

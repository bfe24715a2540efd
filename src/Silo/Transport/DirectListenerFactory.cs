using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace GrainKeeper.Silo.Transport;

/// <summary>Opens listeners and connections of <see cref="DirectConnection"/>s, for Kestrel and for Orleans.</summary>
/// <param name="keepAlive">Whether the kernel probes silent connections: a peer that vanished without a word is noticed after <see cref="KeepAliveTime"/> and two probes.</param>
/// <param name="polled">Whether a thread that many connections share receives from those that are accepted (<see cref="SocketPoller"/>).</param>
/// <param name="logger">Hears of a listener that cannot accept.</param>
internal sealed class DirectListenerFactory(bool keepAlive, bool polled, ILogger<DirectListenerFactory> logger) : IConnectionListenerFactory, IConnectionFactory
{
    /// <summary>Seconds of silence before the first probe.</summary>
    public const int KeepAliveTime = 90;

    private const int KeepAliveInterval = 30;
    private const int KeepAliveRetries = 2;

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IConnectionListener>(new DirectListener(endpoint, keepAlive, polled, logger));

    /// <inheritdoc/>
    public async ValueTask<ConnectionContext> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            Prepare(socket, keepAlive);
            await socket.ConnectAsync(endpoint, cancellationToken);
            return new DirectConnection(socket);
        }
        catch (Exception)
        {
            socket.Dispose();
            throw;
        }
    }

    /// <exception cref="SocketException">The connection has ended already.</exception>
    internal static void Prepare(Socket socket, bool keepAlive)
    {
        socket.NoDelay = true;
        if (keepAlive)
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveTime);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveInterval);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveRetries);
        }
    }
}

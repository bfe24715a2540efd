using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace GrainKeeper.Silo.Transport;

/// <summary>Accepts connections at one address.</summary>
internal sealed partial class DirectListener : IConnectionListener
{
    private const int Backlog = 512;
    private const long ComplaintInterval = 60_000;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket;
    private readonly bool _keepAlive;
    private readonly bool _polled;
    private readonly ILogger _logger;
    private long? _complained;
    private volatile bool _closed;

    /// <exception cref="AddressInUseException">Another process listens there.</exception>
    /// <exception cref="SocketException">The address is none of this machine, or must not be used.</exception>
    public DirectListener(EndPoint endPoint, bool keepAlive, bool polled, ILogger logger)
    {
        _keepAlive = keepAlive;
        _polled = polled;
        _logger = logger;
        _socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // Without ReuseAddress, which lets two processes listen at one port here. One whose last owner has just ended is free all the same.
            if (endPoint is IPEndPoint ip && ip.Address.Equals(IPAddress.IPv6Any))
            {
                _socket.DualMode = true;
            }

            _socket.Bind(endPoint);
            _socket.Listen(Backlog);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            _socket.Dispose();
            throw new AddressInUseException($"{endPoint}: {e.Message}", e);
        }
        catch (SocketException)
        {
            _socket.Dispose();
            throw;
        }

        EndPoint = _socket.LocalEndPoint!;
    }

    public EndPoint EndPoint { get; }

    /// <inheritdoc/>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                var socket = await _socket.AcceptAsync(cancellationToken);
                if (Open(socket) is { } connection)
                {
                    return connection;
                }
            }
            catch (ObjectDisposedException)
            {
                return null;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.OperationAborted || _closed)
            {
                return null;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
            {
                // Nothing can be accepted until others close; to try again at once would only take the processor from them.
                Complain(e.Message);
                await Task.Delay(Pause, cancellationToken);
            }
            catch (SocketException)
            {
                // That client has gone again before it was accepted.
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _closed = true;
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => UnbindAsync();

    private void Complain(string reason)
    {
        var now = Environment.TickCount64;
        if (_complained is not { } last || now - last >= ComplaintInterval)
        {
            _complained = now;
            LogFull(EndPoint, reason);
        }
    }

    private DirectConnection? Open(Socket socket)
    {
        try
        {
            DirectListenerFactory.Prepare(socket, _keepAlive);
            return new DirectConnection(socket, _polled);
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    [LoggerMessage(LogLevel.Warning, "{EndPoint} cannot accept connections at the moment: {Reason}. Raise the limit of open files (ulimit -n, LimitNOFILE), or lower maxCnxns.")]
    private partial void LogFull(EndPoint endPoint, string reason);
}

using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace GrainKeeper.Silo.Transport;

/// <summary>
/// A connection without loops of its own between socket and user: whoever reads goes on where the socket's data arrived, and whoever flushes sends. The frameworks' own connections have a
/// loop and a pipe for each direction, and each of them hands over from one thread to another, which for small messages costs more than all the rest.
/// </summary>
/// <remarks>
/// That a peer has gone is noticed by reading or writing, not before. It may be aborted at any time and more than once, also when it is disposed: the framework's own context cancels a source
/// on the thread pool then, and throws there, ending the process.
/// </remarks>
internal sealed class DirectConnection : ConnectionContext
{
    private static long _lastId;

    // Never disposed: it has no timer and no linked tokens, so there is nothing to free, and a late abort must find it.
    private readonly CancellationTokenSource _closed = new();
    private readonly long _id = Interlocked.Increment(ref _lastId);
    private readonly Socket _socket;
    private readonly PolledReceiver? _receiver;
    private readonly SocketInput _input;
    private readonly SocketOutput _output;
    private IDictionary<object, object?>? _items;
    private string? _name;
    private int _ended;

    /// <param name="socket">A connected socket; the connection's from now on.</param>
    /// <param name="polled">Whether a thread that many such connections share receives from it.</param>
    public DirectConnection(Socket socket, bool polled = false)
    {
        _socket = socket;
        _receiver = polled ? new PolledReceiver(socket) : null;
        _input = new SocketInput(socket, _receiver, _closed.Token);
        _output = new SocketOutput(socket);
        Transport = new DuplexPipe(_input, _output);
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        ConnectionClosed = _closed.Token;
    }

    /// <inheritdoc/>
    public override IDuplexPipe Transport { get; set; }

    /// <inheritdoc/>
    public override string ConnectionId
    {
        get => _name ??= _id.ToString(CultureInfo.InvariantCulture);
        set => _name = value;
    }

    /// <inheritdoc/>
    public override IFeatureCollection Features { get; } = new FeatureCollection();

    /// <inheritdoc/>
    public override IDictionary<object, object?> Items
    {
        get => _items ??= new Dictionary<object, object?>();
        set => _items = value;
    }

    public override void Abort(ConnectionAbortedException abortReason) => End();

    /// <summary>Sends what was written, as long as nobody aborts it, and closes the socket.</summary>
    public override async ValueTask DisposeAsync()
    {
        await _output.CompleteAsync().ConfigureAwait(false);
        End();
        await _input.CompleteAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private void End()
    {
        if (Interlocked.Exchange(ref _ended, 1) == 1)
        {
            return;
        }

        // First, so that whoever reads or writes finds the reason why that ends; and on another thread, for what hears of it may be long.
        _ = _closed.CancelAsync();
        _receiver?.Close();
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // The peer was faster.
        }

        _socket.Dispose();
    }
}

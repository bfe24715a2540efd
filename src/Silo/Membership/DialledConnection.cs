using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace GrainKeeper.Silo.Membership;

/// <summary>
/// A connection that this server dialled. The framework's own context cancels a source on the thread pool when it is aborted, and throws there, ending the
/// process, when it was disposed meanwhile; this one may be aborted at any time.
/// </summary>
internal sealed class DialledConnection : DefaultConnectionContext
{
    // Never disposed: it has no timer and no linked tokens, so there is nothing to free, and a late abort must find it.
    private readonly CancellationTokenSource _closed = new();
    private readonly Socket _socket;

    public DialledConnection(Socket socket, Stream stream)
    {
        _socket = socket;
        Transport = new DuplexPipe(PipeReader.Create(stream), PipeWriter.Create(stream));
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        ConnectionClosed = _closed.Token;
    }

    public override void Abort(ConnectionAbortedException abortReason)
    {
        _socket.Dispose();
        _ = _closed.CancelAsync();
    }
}

using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace GrainKeeper.Silo.Transport;

/// <summary>Receives from a socket whenever a <see cref="SocketPoller"/> says that there is something. One receive at a time.</summary>
internal sealed class PolledReceiver : IValueTaskSource<int>
{
    private readonly Lock _gate = new();
    private readonly Socket _socket;
    private readonly SocketPoller _poller = SocketPoller.Next();
    private readonly nint _descriptor;
    private readonly long _key;

    private ManualResetValueTaskSourceCore<int> _source;
    private Memory<byte> _buffer;
    private bool _waiting;
    private bool _watched;
    private bool _closed;

    /// <param name="socket">A connected socket; it does not block from now on.</param>
    public PolledReceiver(Socket socket)
    {
        socket.Blocking = false;
        _socket = socket;
        _descriptor = socket.SafeHandle.DangerousGetHandle();
        _key = _poller.Enter(this);
    }

    /// <summary>Whether who waits goes on on the poller's own thread, which serves other sockets too: it must be quick and never block. Otherwise it goes on on the thread pool.</summary>
    public bool InPlace { get; set; }

    /// <summary>Whether the poller comes when something can be received.</summary>
    public bool IsWatched
    {
        get
        {
            lock (_gate)
            {
                return _watched;
            }
        }
    }

    /// <summary>Receives at least one byte, or none at the end.</summary>
    /// <exception cref="OperationCanceledException">It was interrupted; nothing was received.</exception>
    /// <exception cref="SocketException">The connection is broken, or was closed on this side.</exception>
    /// <exception cref="IOException">The kernel has no room for one more socket.</exception>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return ValueTask.FromException<int>(Aborted());
            }

            if (!_watched)
            {
                _poller.Watch(_descriptor, _key);
                _watched = true;
            }

            _source.Reset();
            _buffer = buffer;
            _waiting = true;
            return new ValueTask<int>(this, _source.Version);
        }
    }

    /// <summary>Ends the receive that waits, if there is one, and none that comes later. A token for each would cost more than to receive.</summary>
    public void Interrupt()
    {
        lock (_gate)
        {
            if (!_waiting)
            {
                return;
            }

            Stop();
        }

        _source.RunContinuationsAsynchronously = true;
        _source.SetException(new OperationCanceledException());
    }

    /// <summary>There is something to receive, or an end. By the poller.</summary>
    public void Readable()
    {
        int count;
        SocketError error;
        lock (_gate)
        {
            if (!_waiting)
            {
                // Or the poller would come again at once, until somebody waits.
                Unwatch();
                return;
            }

            count = _socket.Receive(_buffer.Span, SocketFlags.None, out error);
            if (error is SocketError.WouldBlock)
            {
                return;
            }

            Stop();
        }

        _source.RunContinuationsAsynchronously = !InPlace;
        if (error == SocketError.Success)
        {
            _source.SetResult(count);
        }
        else
        {
            _source.SetException(new SocketException((int)error));
        }
    }

    /// <summary>This side ends the connection: before the socket is disposed, for its descriptor may be another's at once.</summary>
    public void Close()
    {
        bool waited;
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            waited = _waiting;
            _closed = true;
            Unwatch();
            Stop();
        }

        _poller.Leave(_key);
        if (waited)
        {
            _source.RunContinuationsAsynchronously = true;
            _source.SetException(Aborted());
        }
    }

    int IValueTaskSource<int>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private static SocketException Aborted() => new((int)SocketError.OperationAborted);

    private void Stop()
    {
        _buffer = default;
        _waiting = false;
    }

    private void Unwatch()
    {
        if (_watched)
        {
            _poller.Forget(_descriptor);
            _watched = false;
        }
    }
}

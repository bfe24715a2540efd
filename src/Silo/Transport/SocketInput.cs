using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using Microsoft.AspNetCore.Connections;

namespace GrainKeeper.Silo.Transport;

/// <summary>
/// Reads from a socket into one buffer, whose size follows what comes: a silent connection holds <see cref="Smallest"/> bytes, a busy one takes up to <see cref="LargestRead"/> at a time. A read
/// that has to wait allocates nothing, and its caller goes on where the data arrived. One reader at a time; a read may be cancelled from anywhere.
/// </summary>
/// <remarks>What is not consumed is kept, however much it is: whoever reads has to give up on frames that are too long.</remarks>
internal sealed class SocketInput : PipeReader, IValueTaskSource<ReadResult>
{
    private const int Smallest = 256;
    private const int LargestRead = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly Socket _socket;
    private readonly PolledReceiver? _receiver;
    private readonly CancellationToken _closed;
    private readonly Action _received;

    // Only for the framework's way of receiving.
    private CancellationTokenSource? _cancel;
    private ManualResetValueTaskSourceCore<ReadResult> _source;
    private ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter _receiving;
    private CancellationTokenRegistration _registration;
    private CancellationToken _callers;
    private ReadOnlySequence<byte> _given;
    private byte[] _buffer = [];
    private int _start;
    private int _examined;
    private int _end;
    private int _last;
    private bool _ended;
    private bool _completed;
    private bool _waiting;
    private volatile bool _cancelled;

    /// <param name="socket">A connected socket.</param>
    /// <param name="receiver">Receives from it; null for the framework's own way.</param>
    /// <param name="closed">Is cancelled before this side ends the connection.</param>
    public SocketInput(Socket socket, PolledReceiver? receiver, CancellationToken closed)
    {
        _socket = socket;
        _receiver = receiver;
        _closed = closed;
        _received = Received;
        _cancel = receiver is null ? Undisposed() : null;
    }

    /// <summary>From now on the reader is quick and never blocks: it may go on on the thread that takes what many sockets receive.</summary>
    public void ReadInPlace()
    {
        if (_receiver is not null)
        {
            _receiver.InPlace = true;
        }
    }

    public override bool TryRead(out ReadResult result)
    {
        ObjectDisposedException.ThrowIf(_completed, this);
        if (_cancelled)
        {
            Renew();
            result = Result(cancelled: true);
            return true;
        }

        if (_end > _examined || _ended)
        {
            result = Result();
            return true;
        }

        result = default;
        return false;
    }

    /// <exception cref="ConnectionResetException">The peer has broken the connection.</exception>
    /// <exception cref="ConnectionAbortedException">This side has.</exception>
    /// <exception cref="IOException">The socket fails otherwise.</exception>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        }

        if (TryRead(out var result))
        {
            return ValueTask.FromResult(result);
        }

        if (_cancel is { IsCancellationRequested: true })
        {
            // A caller's token has cut an earlier read short. Should somebody cancel this one just now, it ends at once.
            RenewToken();
        }

        MakeRoom();
        ValueTask<int> receiving;
        try
        {
            receiving = Receive();
            if (receiving.IsCompletedSuccessfully)
            {
                Take(receiving.Result);
                return ValueTask.FromResult(Result());
            }
        }
        catch (OperationCanceledException)
        {
            // The framework may say that a receive has succeeded which a cancellation at that very moment has ended.
            Renew();
            return ValueTask.FromResult(Result(cancelled: true));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            return ValueTask.FromException<ReadResult>(Explain(e));
        }

        _source.Reset();
        _callers = cancellationToken;
        _waiting = true;
        _receiving = receiving.ConfigureAwait(false).GetAwaiter();
        if (cancellationToken.CanBeCanceled)
        {
            _registration = cancellationToken.UnsafeRegister(static input => ((SocketInput)input!).CutShort(), this);
        }

        var answer = new ValueTask<ReadResult>(this, _source.Version);
        if (_receiving.IsCompleted)
        {
            Received();
        }
        else
        {
            _receiving.UnsafeOnCompleted(_received);
        }

        return answer;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        var length = (int)_given.Slice(_given.Start, consumed).Length;
        _examined = _start + Math.Max(length, (int)_given.Slice(_given.Start, examined).Length);
        _start += length;
        _given = default;
        if (_start == _end)
        {
            _start = _end = _examined = 0;
        }
    }

    public override void CancelPendingRead()
    {
        lock (_gate)
        {
            _cancelled = true;
            Interrupt();
        }
    }

    public override void Complete(Exception? exception = null)
    {
        if (_completed)
        {
            return;
        }

        _completed = true;
        if (!_waiting && _buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _given = default;
        _buffer = [];
    }

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    // It has no timer, so there is nothing to free, and a late cancellation must find it.
    private static CancellationTokenSource Undisposed() => new();

    private static Exception Explain(Exception error) => (error as SocketException)?.SocketErrorCode switch
    {
        null when error is IOException => error,
        null or SocketError.OperationAborted => new ConnectionAbortedException("the connection was closed on this side", error),
        SocketError.ConnectionReset or SocketError.Shutdown or SocketError.TimedOut or SocketError.NetworkUnreachable or SocketError.HostUnreachable =>
            new ConnectionResetException(error.Message, error),
        _ => new IOException(error.Message, error),
    };

    private ValueTask<int> Receive()
    {
        var room = _buffer.AsMemory(_end);
        if (_receiver is null)
        {
            return _socket.ReceiveAsync(room, SocketFlags.None, _cancel!.Token);
        }

        var receiving = _receiver.ReceiveAsync(room);
        if (_cancelled)
        {
            // Whoever cancelled may have come before there was anything to interrupt.
            _receiver.Interrupt();
        }

        return receiving;
    }

    private void Received()
    {
        // Waits for a cancellation that is under way, which would find the next read otherwise.
        _registration.Dispose();
        _registration = default;
        var callers = _callers;
        _callers = default;
        var receiving = _receiving;
        _receiving = default;
        ReadResult result;
        try
        {
            Take(receiving.GetResult());
            _waiting = false;
            result = Result();
        }
        catch (OperationCanceledException) when (callers.IsCancellationRequested)
        {
            _waiting = false;
            _source.SetException(new OperationCanceledException(callers));
            return;
        }
        catch (OperationCanceledException)
        {
            _waiting = false;
            Renew();
            result = Result(cancelled: true);
        }
        catch (Exception e)
        {
            _waiting = false;
            _source.SetException(Explain(e));
            return;
        }

        _source.SetResult(result);
    }

    private void Take(int count)
    {
        // The end that this side makes looks to a read that waits like the peer's.
        if (count == 0 && _closed.IsCancellationRequested)
        {
            throw new SocketException((int)SocketError.OperationAborted);
        }

        _last = count;
        _end += count;
        _ended |= count == 0;
    }

    private ReadResult Result(bool cancelled = false)
    {
        _given = new ReadOnlySequence<byte>(_buffer, _start, _end - _start);
        return new ReadResult(_given, cancelled, _ended);
    }

    private void MakeRoom()
    {
        var length = _buffer.Length;
        if (_end == 0)
        {
            // A read that filled what there was had more behind it.
            var wanted = length == 0 ? Smallest
                : _last == length ? Math.Min(length * 4, Math.Max(length, LargestRead))
                : _last < length / 8 ? Math.Max(length / 4, Smallest)
                : length;
            if (wanted != length)
            {
                Move(wanted);
            }
        }
        else if (length - _end >= Smallest / 2)
        {
            return;
        }
        else if (_start > length / 2)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            Shift(_start);
        }
        else
        {
            Move(checked(length * 2));
        }
    }

    private void Move(int size)
    {
        var moved = ArrayPool<byte>.Shared.Rent(size);
        _buffer.AsSpan(_start, _end - _start).CopyTo(moved);
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = moved;
        Shift(_start);
    }

    private void Shift(int count)
    {
        _start -= count;
        _end -= count;
        _examined -= count;
    }

    private void CutShort()
    {
        lock (_gate)
        {
            Interrupt();
        }
    }

    private void Interrupt()
    {
        if (_receiver is { } receiver)
        {
            receiver.Interrupt();
        }
        else
        {
            _ = _cancel!.CancelAsync();
        }
    }

    private void Renew()
    {
        lock (_gate)
        {
            _cancelled = false;
            RenewToken();
        }
    }

    private void RenewToken()
    {
        lock (_gate)
        {
            if (!_cancelled && _cancel is { IsCancellationRequested: true })
            {
                _cancel = Undisposed();
            }
        }
    }
}

using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Numerics;

namespace GrainKeeper.Silo.Transport;

/// <summary>
/// Writes to a socket on the thread that flushes. As with any pipe, a flush of one whose peer has gone tells that it is completed and does not throw; what could not be sent is dropped.
/// One writer at a time; flushes may be cancelled from anywhere.
/// </summary>
/// <param name="socket">A connected socket.</param>
internal sealed class SocketOutput(Socket socket) : PipeWriter
{
    private const int SmallestBuffer = 256;
    private const int LargestBuffer = 256 * 1024;

    private Queue<ArraySegment<byte>>? _full;

    // Never disposed: it has no timer, so there is nothing to free, and a late cancellation must find it.
    private CancellationTokenSource? _cancel;
    private byte[] _buffer = [];
    private int _used;

    // Follows what is flushed at a time: a thousand connections that are told something at once would empty the pool of larger buffers.
    private int _usual = SmallestBuffer;
    private long _unflushed;
    private bool _completed;
    private volatile bool _broken;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _unflushed;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        ObjectDisposedException.ThrowIf(_completed, this);
        var free = _buffer.Length - _used;
        if (free == 0 || free < sizeHint)
        {
            var size = Math.Max(sizeHint, Math.Clamp(_buffer.Length * 4, _usual, LargestBuffer));
            PutAside();
            _buffer = ArrayPool<byte>.Shared.Rent(size);
        }

        return _buffer.AsMemory(_used);
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, _buffer.Length - _used);
        _used += bytes;
        _unflushed += bytes;
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        }

        if (_broken)
        {
            Drop();
            return ValueTask.FromResult(new FlushResult(isCanceled: false, isCompleted: true));
        }

        if (_full is { Count: > 0 })
        {
            return SendAsync(default, cancellationToken);
        }

        if (_used == 0)
        {
            return ValueTask.FromResult(default(FlushResult));
        }

        // A socket that takes everything at once is by far the most frequent case.
        var sent = 0;
        if (!socket.Blocking)
        {
            sent = TrySend(_buffer.AsSpan(0, _used));
            if (sent == _used)
            {
                Drop();
                return ValueTask.FromResult(default(FlushResult));
            }
        }

        var sending = Send(new ArraySegment<byte>(_buffer, sent, _used - sent));
        if (!sending.IsCompletedSuccessfully)
        {
            return SendAsync(sending, cancellationToken);
        }

        _ = sending.Result;
        Drop();
        return ValueTask.FromResult(default(FlushResult));
    }

    public override void CancelPendingFlush()
    {
        // A flush that is cut short leaves half of a message behind: nothing may follow it.
        _broken = true;
        _ = Cancellation().CancelAsync();
    }

    public override void Complete(Exception? exception = null)
    {
        if (_completed)
        {
            return;
        }

        if (exception is null && _unflushed > 0)
        {
            // Nobody waits for it: it ends when the socket does.
            _ = CompleteAsync().AsTask();
            return;
        }

        _completed = true;
        Drop();
    }

    public override async ValueTask CompleteAsync(Exception? exception = null)
    {
        if (_completed)
        {
            return;
        }

        if (exception is null && _unflushed > 0)
        {
            var flushing = FlushAsync(CancellationToken.None);
            _completed = true;
            await flushing.ConfigureAwait(false);
        }

        _completed = true;
        Drop();
    }

    /// <summary>Sends what the socket takes at once.</summary>
    /// <returns>How much; what is wrong with the socket, the next attempt tells.</returns>
    private int TrySend(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return socket.Send(bytes, SocketFlags.None, out _);
        }
        catch (ObjectDisposedException)
        {
            return 0;
        }
    }

    // Whoever is first makes it; nearly no connection needs it.
    private CancellationTokenSource Cancellation() => LazyInitializer.EnsureInitialized(ref _cancel, static () => new CancellationTokenSource());

    private ValueTask<int> Send(ArraySegment<byte> bytes)
    {
        try
        {
            return socket.SendAsync(bytes.AsMemory(), SocketFlags.None, Cancellation().Token);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            return ValueTask.FromException<int>(e);
        }
    }

    /// <param name="first">The sending of what is in the buffer, when that is all there is.</param>
    /// <param name="cancellationToken">Cuts it short, and with it the output's use.</param>
    private async ValueTask<FlushResult> SendAsync(ValueTask<int> first, CancellationToken cancellationToken)
    {
        using var registration = cancellationToken.UnsafeRegister(static output => ((SocketOutput)output!).CancelPendingFlush(), this);
        try
        {
            if (_full is not { Count: > 0 })
            {
                await first.ConfigureAwait(false);
            }
            else
            {
                PutAside();
                while (_full.TryPeek(out var bytes))
                {
                    await Send(bytes).ConfigureAwait(false);
                    ArrayPool<byte>.Shared.Return(_full.Dequeue().Array!);
                }
            }

            Drop();
            return default;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            _broken = true;
            Drop();
            cancellationToken.ThrowIfCancellationRequested();
            return new FlushResult(isCanceled: _cancel is { IsCancellationRequested: true }, isCompleted: true);
        }
    }

    private void PutAside()
    {
        if (_used > 0)
        {
            (_full ??= new Queue<ArraySegment<byte>>()).Enqueue(new ArraySegment<byte>(_buffer, 0, _used));
        }
        else if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = [];
        _used = 0;
    }

    private void Drop()
    {
        _used = 0;
        PutAside();
        while (_full is not null && _full.TryDequeue(out var bytes))
        {
            ArrayPool<byte>.Shared.Return(bytes.Array!);
        }

        if (_unflushed > 0)
        {
            _usual = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(_unflushed, Math.Max(_usual / 2, SmallestBuffer), LargestBuffer));
            _unflushed = 0;
        }
    }
}

using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace GrainKeeper.Differential.Tests.Wire;

/// <summary>A socket that carries frames.</summary>
internal sealed class Connection : IDisposable
{
    private const int Patience = 30_000;
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = Patience, SendTimeout = Patience };
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    public Connection(int port) => _socket.Connect(IPAddress.Loopback, port);

    /// <summary>Adds the length in front.</summary>
    public static byte[] Frame(byte[] content)
    {
        var frame = new byte[4 + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, content.Length);
        content.CopyTo(frame, 4);
        return frame;
    }

    public void Send(byte[] bytes)
    {
        try
        {
            _socket.Send(bytes);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            // Reading tells the same.
        }
    }

    /// <summary>Reads a frame; null when the server has closed the connection.</summary>
    /// <exception cref="TimeoutException">It neither answers nor closes.</exception>
    public byte[]? Read()
    {
        while (true)
        {
            if (_end - _start >= 4)
            {
                var length = BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_start));
                if (length is < 0 or > 64 * 1024 * 1024)
                {
                    throw new InvalidDataException($"the server sent a frame length of {length}");
                }

                if (_end - _start - 4 >= length)
                {
                    var frame = _buffer.AsSpan(_start + 4, length).ToArray();
                    _start += 4 + length;
                    return frame;
                }

                MakeRoom(4 + length);
            }
            else
            {
                MakeRoom(4);
            }

            var read = Receive();
            if (read == 0)
            {
                return null;
            }

            _end += read;
        }
    }

    public void Dispose() => _socket.Dispose();

    private int Receive()
    {
        try
        {
            return _socket.Receive(_buffer, _end, _buffer.Length - _end, SocketFlags.None);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            return 0;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
            throw new TimeoutException($"the server neither answered nor closed the connection within {Patience} ms", e);
        }
    }

    private void MakeRoom(int needed)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_buffer.Length < Math.Max(needed, _end + 1))
        {
            Array.Resize(ref _buffer, Math.Max(needed, _buffer.Length * 2));
        }
    }
}

using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Benchmarks.Restart;

/// <summary>A client of the ZooKeeper port that tries until a read is served.</summary>
internal static class ProbeClient
{
    private const int Retry = 5;

    /// <summary>Reads a node as soon as the server serves it.</summary>
    /// <returns>The length of its data.</returns>
    public static async Task<int> ReadFirstAsync(int port, byte[] path, Process server, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (server.HasExited)
            {
                throw new InvalidOperationException($"the server ended with code {server.ExitCode}");
            }

            try
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellationToken);
                return await ReadAsync(socket, path, cancellationToken);
            }
            catch (Exception e) when (e is SocketException or EndOfStreamException)
            {
                await Task.Delay(Retry, cancellationToken);
            }
        }
    }

    private static async Task<int> ReadAsync(Socket socket, byte[] path, CancellationToken cancellationToken)
    {
        await SendAsync(socket, w => new ConnectRequest(0, 0, 30_000, 0, new byte[16], readOnly: false).Write(w), cancellationToken);
        await ReceiveAsync(socket, cancellationToken);
        await SendAsync(
            socket,
            w =>
            {
                new RequestHeader(1, OpCode.GetData).Write(w);
                new PathWatchRequest(path, watch: false).Write(w);
            },
            cancellationToken);
        return Length(await ReceiveAsync(socket, cancellationToken));
    }

    private static int Length(byte[] frame)
    {
        var reader = new JuteReader(frame);
        var header = ReplyHeader.Read(ref reader);
        return header.Error == ErrorCode.Ok
            ? reader.ReadBuffer().Length
            : throw new InvalidOperationException($"the read failed: {header.Error}");
    }

    private static async Task SendAsync(Socket socket, Action<JuteWriter> write, CancellationToken cancellationToken)
    {
        var body = new ArrayBufferWriter<byte>();
        write(new JuteWriter(body));
        var frame = new byte[4 + body.WrittenCount];
        BinaryPrimitives.WriteInt32BigEndian(frame, body.WrittenCount);
        body.WrittenSpan.CopyTo(frame.AsSpan(4));
        await socket.SendAsync(frame, cancellationToken);
    }

    private static async Task<byte[]> ReceiveAsync(Socket socket, CancellationToken cancellationToken)
    {
        var prefix = new byte[4];
        await FillAsync(socket, prefix, cancellationToken);
        var frame = new byte[BinaryPrimitives.ReadInt32BigEndian(prefix)];
        await FillAsync(socket, frame, cancellationToken);
        return frame;
    }

    private static async Task FillAsync(Socket socket, byte[] buffer, CancellationToken cancellationToken)
    {
        for (var done = 0; done < buffer.Length;)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(done), cancellationToken);
            if (read == 0)
            {
                throw new EndOfStreamException();
            }

            done += read;
        }
    }
}

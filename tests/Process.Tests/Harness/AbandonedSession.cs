using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Process.Tests.Harness;

/// <summary>A client of a ZooKeeper port that makes an ephemeral node and then says nothing more.</summary>
internal sealed class AbandonedSession : IDisposable
{
    private const int World = 31;
    private readonly Socket _socket;

    private AbandonedSession(Socket socket, string path)
    {
        _socket = socket;
        Path = path;
    }

    public string Path { get; }

    /// <summary>The timeout that was granted.</summary>
    public TimeSpan Timeout { get; private set; }

    /// <summary>Before its last request was sent, as <see cref="Stopwatch.GetTimestamp"/>: no server can have heard from it earlier.</summary>
    public long Sending { get; private set; }

    /// <summary>After its last request was answered: no server has heard from it later.</summary>
    public long Answered { get; private set; }

    public static async Task<AbandonedSession> MakeAsync(int port, string path, TimeSpan timeout)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var session = new AbandonedSession(socket, path);
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            await socket.ConnectAsync(IPAddress.Loopback, port, patience.Token);
            await session.BeginAsync((int)timeout.TotalMilliseconds, patience.Token);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Ends the connection as the system does for a process that is killed, without a word to the session.</summary>
    public void Dispose() => _socket.Close(timeout: 0);

    private async Task BeginAsync(int timeout, CancellationToken patience)
    {
        Timeout = TimeSpan.FromMilliseconds(ReadTimeout(await AskAsync(w => new ConnectRequest(0, 0, timeout, 0, new byte[16], false).Write(w), patience)));
        Sending = Stopwatch.GetTimestamp();
        var answer = await AskAsync(
            w =>
            {
                new RequestHeader(1, OpCode.Create).Write(w);
                w.WriteString(Path);
                w.WriteBuffer([]);
                w.WriteInt(1);
                w.WriteInt(World);
                w.WriteString("world");
                w.WriteString("anyone");
                w.WriteInt((int)CreateMode.Ephemeral);
            },
            patience);
        Answered = Stopwatch.GetTimestamp();
        Assert.Equal(ErrorCode.Ok, ReadError(answer));
    }

    private async Task<byte[]> AskAsync(Action<JuteWriter> write, CancellationToken patience)
    {
        var body = new ArrayBufferWriter<byte>();
        write(new JuteWriter(body));
        var frame = new ArrayBufferWriter<byte>();
        new JuteWriter(frame).WriteBuffer(body.WrittenSpan);
        await _socket.SendAsync(frame.WrittenMemory, patience);
        return await ReadAsync(BinaryPrimitives.ReadInt32BigEndian(await ReadAsync(sizeof(int), patience)), patience);
    }

    private async Task<byte[]> ReadAsync(int length, CancellationToken patience)
    {
        var bytes = new byte[length];
        for (var read = 0; read < length;)
        {
            var count = await _socket.ReceiveAsync(bytes.AsMemory(read), patience);
            Assert.True(count > 0, $"the server closed the connection of {Path}");
            read += count;
        }

        return bytes;
    }

    private static int ReadTimeout(byte[] answer)
    {
        var reader = new JuteReader(answer);
        return ConnectResponse.Read(ref reader).Timeout;
    }

    private static ErrorCode ReadError(byte[] answer)
    {
        var reader = new JuteReader(answer);
        return ReplyHeader.Read(ref reader).Error;
    }
}

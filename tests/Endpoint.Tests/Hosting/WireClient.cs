using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Endpoint.Tests.Hosting;

/// <summary>A client that sends what a test wants, frame by frame, over a real socket.</summary>
internal sealed class WireClient : IAsyncDisposable
{
    /// <summary>How long any answer may take, on a machine that is busy with other things.</summary>
    public const int Patience = 30_000;

    private readonly Socket _socket;
    private readonly Stream _stream;
    private int _xid;

    private WireClient(Socket socket, Stream stream)
    {
        _socket = socket;
        _stream = stream;
    }

    public delegate void Writing(JuteWriter writer);

    public long SessionId { get; private set; }

    public byte[] Password { get; private set; } = new byte[16];

    public int Timeout { get; private set; }

    public static async Task<WireClient> DialAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return new WireClient(socket, new NetworkStream(socket, ownsSocket: true));
    }

    public static async Task<WireClient> DialSecureAsync(int port, X509Certificate2? certificate)
    {
        var plain = await DialAsync(port);
        var stream = new SslStream(plain._stream, leaveInnerStreamOpen: false, (_, shown, _, _) => shown?.Subject == "CN=localhost");
        using var limit = new CancellationTokenSource(Patience);
        await stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                ClientCertificates = certificate is null ? null : [certificate],
                LocalCertificateSelectionCallback = certificate is null ? null : (_, _, _, _, _) => certificate,
            },
            limit.Token);
        return new WireClient(plain._socket, stream);
    }

    public static async Task<WireClient> ConnectAsync(int port, int timeout = 4_000)
    {
        var client = await DialAsync(port);
        Assert.True(await client.TryConnectAsync(timeout), "the server closed the connection instead of giving a session");
        return client;
    }

    public static byte[] Bytes(Writing write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        write(new JuteWriter(buffer));
        return buffer.WrittenSpan.ToArray();
    }

    public static byte[] Framed(byte[] body)
    {
        var frame = new byte[body.Length + 4];
        BinaryPrimitives.WriteInt32BigEndian(frame, body.Length);
        body.CopyTo(frame, 4);
        return frame;
    }

    public static byte[] ConnectFrame(int timeout, long session = 0, byte[]? password = null, long seen = 0, bool? readOnly = false) =>
        Framed(Bytes(w => new ConnectRequest(0, seen, timeout, session, password ?? new byte[16], readOnly).Write(w)));

    public static byte[] RequestFrame(int xid, OpCode type, Writing body) => Framed(Bytes(w =>
    {
        new RequestHeader(xid, type).Write(w);
        body(w);
    }));

    /// <summary>Asks for a session.</summary>
    /// <returns>False when the server closes the connection without an answer.</returns>
    public async Task<bool> TryConnectAsync(int timeout, long session = 0, byte[]? password = null, long seen = 0, bool? readOnly = false)
    {
        await SendAsync(ConnectFrame(timeout, session, password, seen, readOnly));
        if (await TryReceiveAsync() is not { } frame)
        {
            return false;
        }

        Read(frame);
        return true;
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        using var limit = new CancellationTokenSource(Patience);
        await _stream.WriteAsync(bytes, limit.Token);
        await _stream.FlushAsync(limit.Token);
    }

    /// <summary>Sends a request and waits for its answer; watch events before it are passed over.</summary>
    public async Task<(ReplyHeader Header, byte[] Body)> AskAsync(OpCode type, Writing body, int? xid = null)
    {
        var number = xid ?? ++_xid;
        await SendAsync(RequestFrame(number, type, body));
        while (true)
        {
            var frame = await TryReceiveAsync();
            Assert.True(frame is not null, $"the server closed the connection instead of answering {type}");
            var header = HeaderOf(frame);
            if (header.Xid == number)
            {
                return (header, frame[ReplyHeader.Size..]);
            }

            Assert.Equal(ReservedXid.Notification, header.Xid);
        }
    }

    public Task<(ReplyHeader Header, byte[] Body)> CreateAsync(string path, byte[] data, int flags = 0, (int, string, string)? acl = null) => AskAsync(OpCode.Create, w =>
    {
        var (permissions, scheme, id) = acl ?? (31, "world", "anyone");
        w.WriteString(path);
        w.WriteBuffer(data);
        w.WriteInt(1);
        w.WriteInt(permissions);
        w.WriteString(scheme);
        w.WriteString(id);
        w.WriteInt(flags);
    });

    public Task<(ReplyHeader Header, byte[] Body)> GetDataAsync(string path, bool watch = false) => AskAsync(OpCode.GetData, w =>
    {
        w.WriteString(path);
        w.WriteBool(watch);
    });

    public Task PingAsync() => AskAsync(OpCode.Ping, _ => { }, ReservedXid.Ping);

    public Task CloseSessionAsync() => AskAsync(OpCode.CloseSession, _ => { });

    /// <summary>The next frame; null when the server has closed the connection.</summary>
    public async Task<byte[]?> TryReceiveAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        var prefix = new byte[4];
        if (!await TryFillAsync(prefix, limit.Token))
        {
            return null;
        }

        var frame = new byte[BinaryPrimitives.ReadInt32BigEndian(prefix)];
        return await TryFillAsync(frame, limit.Token) ? frame : null;
    }

    /// <summary>Waits until the server has closed the connection.</summary>
    public async Task ClosedAsync()
    {
        while (await TryReceiveAsync() is not null)
        {
        }
    }

    /// <summary>Everything that comes until the server closes the connection.</summary>
    public async Task<string> ReadTextAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        using var reader = new StreamReader(_stream, Encoding.UTF8, leaveOpen: true);
        return await reader.ReadToEndAsync(limit.Token);
    }

    /// <summary>Says that nothing more will be sent.</summary>
    public void Shutdown() => _socket.Shutdown(SocketShutdown.Send);

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _socket.Dispose();
    }

    public static ReplyHeader HeaderOf(byte[] frame)
    {
        var reader = new JuteReader(frame);
        return ReplyHeader.Read(ref reader);
    }

    private void Read(byte[] frame)
    {
        var reader = new JuteReader(frame);
        var response = ConnectResponse.Read(ref reader);
        (SessionId, Timeout, Password) = (response.SessionId, response.Timeout, response.Password.ToArray());
    }

    private async Task<bool> TryFillAsync(byte[] buffer, CancellationToken limit)
    {
        try
        {
            return await _stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, limit) == buffer.Length;
        }
        catch (IOException)
        {
            return false;
        }
    }
}

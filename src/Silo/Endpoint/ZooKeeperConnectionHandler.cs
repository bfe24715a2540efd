using System.Buffers;
using System.Net;
using System.Text;
using GrainKeeper.Grains.Connections;
using GrainKeeper.Silo.Transport;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace GrainKeeper.Silo.Endpoint;

/// <summary>The ZooKeeper client ports: tells four-letter words from sessions, and keeps the limits on connections.</summary>
internal sealed partial class ZooKeeperConnectionHandler(
    ClientEndpointOptions options,
    IReplicaConnections replica,
    FourLetterWords words,
    EndpointStatistics statistics,
    ConnectionLimiter limiter,
    ILogger<ZooKeeperConnectionHandler> log) : ConnectionHandler
{
    private int _handshakes;

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var address = AddressOf(connection);
        try
        {
            await ServeAsync(connection, address).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ConnectionAbortedException or ConnectionResetException or OperationCanceledException)
        {
            LogEnded(address, e.Message);
        }
        finally
        {
            // A client that does not read its last answers must not hold the socket.
            _ = AbortLaterAsync(connection);
        }
    }

    /// <summary>The client's address; an IPv4 address within an IPv6 one counts as IPv4.</summary>
    internal static IPAddress AddressOf(BaseConnectionContext connection)
    {
        var address = (connection.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }

    private async Task ServeAsync(ConnectionContext connection, IPAddress address)
    {
        if (Interlocked.Increment(ref _handshakes) > options.MaxHandshakes)
        {
            Interlocked.Decrement(ref _handshakes);
            statistics.AddRejected();
            LogRefused(address, $"{options.MaxHandshakes} connections have not begun a session yet, the limit; close idle connections");
            return;
        }

        var handshaking = 1;
        void EndHandshake()
        {
            if (Interlocked.Exchange(ref handshaking, 0) == 1)
            {
                Interlocked.Decrement(ref _handshakes);
            }
        }

        if (limiter.TryEnter(address) is { } refused)
        {
            EndHandshake();
            statistics.AddRejected();
            LogRefused(address, refused);
            return;
        }

        var tls = connection.Features.Get<ITlsConnectionFeature>();
        var record = new ConnectionRecord(connection.RemoteEndPoint, tls is not null, statistics);
        statistics.Add(record);
        try
        {
            (connection.Transport.Input as SocketInput)?.ReadInPlace();
            if (await FourLetterWordAsync(connection).ConfigureAwait(false))
            {
                return;
            }

            var certificate = tls?.ClientCertificate is { } shown ? DistinguishedName.Of(shown.SubjectName) : null;
            using var client = new ClientConnection(connection.Transport, address, certificate, options, record, replica, EndHandshake);
            LogEnded(address, await client.RunAsync(connection.ConnectionClosed).ConfigureAwait(false));
            if (client.WasSilent)
            {
                statistics.AddSessionlessExpired();
            }
        }
        finally
        {
            EndHandshake();
            statistics.Remove(record);
            limiter.Leave(address);
        }
    }

    /// <summary>Answers a four-letter word.</summary>
    /// <returns>False when the connection begins with a frame, which is left unread.</returns>
    private async Task<bool> FourLetterWordAsync(ConnectionContext connection)
    {
        // A connection that is closed on this side ends its reads and writes by itself.
        using var timeout = new CancellationTokenSource(options.HandshakeTimeout);
        var input = connection.Transport.Input;
        var read = await input.ReadAtLeastAsync(4, timeout.Token).ConfigureAwait(false);
        if (read.Buffer.Length < 4)
        {
            input.AdvanceTo(read.Buffer.End);
            return true;
        }

        if (WordOf(read.Buffer) is not { } word)
        {
            input.AdvanceTo(read.Buffer.Start);
            return false;
        }

        // The thread that reads for many connections is not for what may take long.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        long? argument = null;
        if (word == "stmk")
        {
            input.AdvanceTo(read.Buffer.Start);
            read = await input.ReadAtLeastAsync(12, timeout.Token).ConfigureAwait(false);
            argument = ReadLong(read.Buffer);
        }

        input.AdvanceTo(read.Buffer.End);
        var answer = await words.AnswerAsync(word, argument, timeout.Token).ConfigureAwait(false);
        await connection.Transport.Output.WriteAsync(Encoding.UTF8.GetBytes(answer), timeout.Token).ConfigureAwait(false);
        return true;
    }

    private static string? WordOf(ReadOnlySequence<byte> buffer)
    {
        Span<byte> prefix = stackalloc byte[4];
        buffer.Slice(0, 4).CopyTo(prefix);

        // The length of a frame begins with a zero.
        return prefix[0] != 0 && Encoding.ASCII.GetString(prefix) is var word && FourLetterWords.IsKnown(word) ? word : null;
    }

    private static long? ReadLong(ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        reader.Advance(4);
        return reader.TryReadBigEndian(out long value) ? value : null;
    }

    private async Task AbortLaterAsync(ConnectionContext connection)
    {
        await Task.Delay(options.LingerTimeout).ConfigureAwait(false);
        connection.Abort(new ConnectionAbortedException("the client does not read its last answers"));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "client {Address} refused: {Reason}")]
    private partial void LogRefused(IPAddress address, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "connection of client {Address} ended: {Reason}")]
    private partial void LogEnded(IPAddress address, string reason);
}

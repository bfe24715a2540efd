using System.Buffers;
using System.Net;
using System.Text;
using GrainKeeper.Grains.Connections;
using Microsoft.AspNetCore.Connections;

namespace GrainKeeper.Silo.Endpoint;

/// <summary>The ZooKeeper client port: tells four-letter words from sessions, and keeps the limits on connections.</summary>
internal sealed partial class ZooKeeperConnectionHandler(
    ClientEndpointOptions options,
    IReplicaConnections replica,
    FourLetterWords words,
    EndpointStatistics statistics,
    ILogger<ZooKeeperConnectionHandler> log) : ConnectionHandler
{
    private readonly ConnectionLimiter _limiter = new(options.MaxConnections, options.MaxConnectionsPerAddress);

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var address = (connection.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        if (_limiter.TryEnter(address) is { } refused)
        {
            LogRefused(address, refused);
            return;
        }

        try
        {
            if (await FourLetterWordAsync(connection).ConfigureAwait(false))
            {
                return;
            }

            using var client = new ClientConnection(connection.Transport, address, options, statistics, replica);
            LogEnded(address, await client.RunAsync(connection.ConnectionClosed).ConfigureAwait(false));
        }
        catch (Exception e) when (e is IOException or ConnectionAbortedException or ConnectionResetException or OperationCanceledException)
        {
            LogEnded(address, e.Message);
        }
        finally
        {
            _limiter.Leave(address);
        }
    }

    /// <summary>Answers a four-letter word.</summary>
    /// <returns>False when the connection begins with a frame, which is left unread.</returns>
    private async Task<bool> FourLetterWordAsync(ConnectionContext connection)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed);
        timeout.CancelAfter(options.HandshakeTimeout);
        var input = connection.Transport.Input;
        var read = await input.ReadAtLeastAsync(4, timeout.Token).ConfigureAwait(false);
        if (read.Buffer.Length < 4)
        {
            input.AdvanceTo(read.Buffer.End);
            return true;
        }

        var prefix = new byte[4];
        read.Buffer.Slice(0, 4).CopyTo(prefix);
        input.AdvanceTo(read.Buffer.Start);
        if (!prefix.All(b => b is >= (byte)'a' and <= (byte)'z'))
        {
            return false;
        }

        var word = Encoding.ASCII.GetString(prefix);
        var answer = await words.AnswerAsync(word, timeout.Token).ConfigureAwait(false);
        await connection.Transport.Output.WriteAsync(Encoding.UTF8.GetBytes(answer), timeout.Token).ConfigureAwait(false);
        return true;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "client {Address} refused: {Reason}")]
    private partial void LogRefused(IPAddress address, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "connection of client {Address} ended: {Reason}")]
    private partial void LogEnded(IPAddress address, string reason);
}

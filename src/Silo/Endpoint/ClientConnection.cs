using System.IO.Pipelines;
using System.Net;
using GrainKeeper.Grains.Connections;

namespace GrainKeeper.Silo.Endpoint;

/// <summary>One client's connection: reads frames and posts all that a read gave as one batch.</summary>
internal sealed class ClientConnection(
    IDuplexPipe transport,
    IPAddress address,
    ClientEndpointOptions options,
    EndpointStatistics statistics,
    IReplicaConnections replica) : IDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private string? _closeReason;

    /// <summary>Serves the client until either side ends the connection.</summary>
    /// <returns>Why it ended.</returns>
    public async Task<string> RunAsync(CancellationToken cancellationToken)
    {
        var output = new ConnectionOutput(transport.Output, options.MaxPendingOutput, statistics, End);
        if (replica.Open("root", address, output) is not { } connection)
        {
            return "the root tree does not run on this server (yet)";
        }

        try
        {
            return await ReadAsync(connection, output, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            connection.Close();
        }
    }

    public void Dispose() => _ended.Dispose();

    private async Task<string> ReadAsync(IReplicaConnection connection, ConnectionOutput output, CancellationToken cancellationToken)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ended.Token);
        using var handshake = CancellationTokenSource.CreateLinkedTokenSource(linked.Token);
        handshake.CancelAfter(options.HandshakeTimeout);
        var established = false;
        try
        {
            while (true)
            {
                await output.ReadyToReadAsync().ConfigureAwait(false);
                var read = await transport.Input.ReadAsync(established ? linked.Token : handshake.Token).ConfigureAwait(false);
                var buffer = read.Buffer;
                var fault = FrameSplitter.Split(ref buffer, options.MaxFrame, out var frames);
                transport.Input.AdvanceTo(buffer.Start, buffer.End);
                if (frames.Count > 0)
                {
                    established = true;
                    statistics.AddReceived(frames.Count);
                    while (!connection.TryPost(frames))
                    {
                        if (!await connection.WaitToPostAsync(linked.Token).ConfigureAwait(false))
                        {
                            return _closeReason ?? "the replica has ended the connection";
                        }
                    }
                }

                if (fault is not null)
                {
                    return fault;
                }

                if (read.IsCompleted || read.IsCanceled)
                {
                    return buffer.IsEmpty ? "the client closed it" : "the client closed it within a frame";
                }
            }
        }
        catch (OperationCanceledException)
        {
            return _closeReason ?? (cancellationToken.IsCancellationRequested
                ? "the server stops, or the client is gone"
                : $"no ConnectRequest within {options.HandshakeTimeout} ms");
        }
    }

    private void End(string reason)
    {
        _closeReason ??= reason;
        try
        {
            _ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The connection had ended by itself in the meantime.
        }
    }
}

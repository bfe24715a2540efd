using System.IO.Pipelines;
using System.Net;
using GrainKeeper.Grains.Connections;

namespace GrainKeeper.Silo.Endpoint;

/// <summary>One client's connection: reads frames and posts all that a read gave as one batch.</summary>
internal sealed class ClientConnection(
    IDuplexPipe transport,
    IPAddress address,
    string? certificate,
    ClientEndpointOptions options,
    ConnectionRecord record,
    IReplicaConnections replica,
    Action established) : IDisposable
{
    private const int MostAtOnce = 64;
    private readonly CancellationTokenSource _ended = new();
    private string? _closeReason;

    /// <summary>Whether it ended because no ConnectRequest came.</summary>
    public bool WasSilent { get; private set; }

    /// <summary>Serves the client until either side ends the connection.</summary>
    /// <returns>Why it ended.</returns>
    public async Task<string> RunAsync(CancellationToken cancellationToken)
    {
        var output = new ConnectionOutput(transport.Output, options.MaxPendingOutput, record, End);
        if (replica.Open("root", address, certificate, output) is not { } connection)
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
            await output.DrainAsync(options.LingerTimeout).ConfigureAwait(false);
        }
    }

    public void Dispose() => _ended.Dispose();

    private async Task<string> ReadAsync(IReplicaConnection connection, ConnectionOutput output, CancellationToken cancellationToken)
    {
        var handshake = CancellationTokenSource.CreateLinkedTokenSource(_ended.Token);
        handshake.CancelAfter(options.HandshakeTimeout);
        try
        {
            while (true)
            {
                await WaitAsync(output.ReadyToReadAsync(), cancellationToken).ConfigureAwait(false);

                // A connection that is closed on this side ends its reads by itself.
                var read = await transport.Input.ReadAsync(handshake?.Token ?? _ended.Token).ConfigureAwait(false);
                var buffer = read.Buffer;
                var fault = FrameSplitter.Split(ref buffer, options.MaxFrame, out var frames);
                transport.Input.AdvanceTo(buffer.Start, buffer.End);
                if (frames.Count > 0)
                {
                    if (handshake is not null)
                    {
                        established();

                        // Its timer would stay as long as the session.
                        handshake.Dispose();
                        handshake = null;
                    }

                    if (!await PostAsync(connection, frames, cancellationToken).ConfigureAwait(false))
                    {
                        return _closeReason ?? "the replica has ended the connection";
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
            if (_closeReason is not null || cancellationToken.IsCancellationRequested || handshake is not { IsCancellationRequested: true })
            {
                return _closeReason ?? "the server stops, or the client is gone";
            }

            WasSilent = true;
            return $"no ConnectRequest within {options.HandshakeTimeout} ms";
        }
        finally
        {
            handshake?.Dispose();
        }
    }

    /// <summary>Hands over what a read gave: as one batch, unless there is so much that its answers could be too many at once.</summary>
    private async Task<bool> PostAsync(IReplicaConnection connection, IReadOnlyList<ReadOnlyMemory<byte>> frames, CancellationToken cancellationToken)
    {
        for (var first = 0; first < frames.Count; first += MostAtOnce)
        {
            IReadOnlyList<ReadOnlyMemory<byte>> batch = frames.Count <= MostAtOnce ? frames : [.. frames.Skip(first).Take(MostAtOnce)];
            await WaitAsync(record.AnsweredAsync(), cancellationToken).ConfigureAwait(false);
            record.Received(batch);
            while (!connection.TryPost(batch))
            {
                using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ended.Token);
                if (!await connection.WaitToPostAsync(either.Token).ConfigureAwait(false))
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>Waits for what nearly always is there already, until either side ends the connection.</summary>
    private Task WaitAsync(Task task, CancellationToken cancellationToken)
    {
        return task.IsCompletedSuccessfully ? task : WaitLongAsync();

        async Task WaitLongAsync()
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ended.Token);
            await task.WaitAsync(either.Token).ConfigureAwait(false);
        }
    }

    private void End(string reason)
    {
        _closeReason ??= reason;
        try
        {
            // Not on this thread: it is the replica's.
            _ = _ended.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // The connection had ended by itself in the meantime.
        }
    }
}

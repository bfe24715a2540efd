using System.Text;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Grains.Ensembles;
using Microsoft.AspNetCore.Connections;

namespace GrainKeeper.Silo.Membership;

/// <summary>The life of a hello connection after the handshake: both sides say when they become active, ping, and say when they leave.</summary>
internal static class HelloSession
{
    /// <summary>Runs until the connection ends.</summary>
    /// <param name="context">The connection.</param>
    /// <param name="pipe">Its frames.</param>
    /// <param name="identity">The other side.</param>
    /// <param name="dialled">Whether this server dialled it.</param>
    /// <param name="peers">Where to report.</param>
    /// <exception cref="HelloException">The peer refuses this server, or is refused.</exception>
    public static async Task RunAsync(ConnectionContext context, HelloPipe pipe, HelloIdentity identity, bool dialled, EnsemblePeers peers)
    {
        PeerConnection connection;
        try
        {
            connection = peers.Opened(identity, dialled, context.Abort);
        }
        catch (HelloException e)
        {
            await pipe.WriteRefusalAsync(e.Message, context.ConnectionClosed);
            throw;
        }

        pipe.MaxFrame = HelloProtocol.MaxSessionFrame;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.ConnectionClosed);
        var writing = WriteAsync(pipe, peers, end.Token);
        var reason = "the connection broke";
        try
        {
            reason = await ReadAsync(pipe, peers, connection, end.Token);
        }
        catch (HelloException e)
        {
            reason = e.Message;
            throw;
        }
        catch (OperationCanceledException)
        {
        }
        finally
        {
            peers.Closed(connection, reason);
            await end.CancelAsync();
            await writing;
        }
    }

    private static async Task<string> ReadAsync(HelloPipe pipe, EnsemblePeers peers, PeerConnection connection, CancellationToken cancellationToken)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        while (true)
        {
            silence.CancelAfter(HelloProtocol.SilenceLimit);
            (HelloFrameType Type, byte[] Body)? frame;
            try
            {
                frame = await pipe.ReadAsync(silence.Token);
            }
            catch (OperationCanceledException) when (silence.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                return $"it has said nothing for {HelloProtocol.SilenceLimit.TotalSeconds} s";
            }

            switch (frame?.Type)
            {
                case null:
                    return "it has closed the connection";
                case HelloFrameType.Active:
                    peers.BecameActive(connection);
                    break;
                case HelloFrameType.Ping:
                    break;
                case HelloFrameType.ServerList:
                    Learn(peers.Ensemble, frame.Value.Body);
                    break;
                case HelloFrameType.Leaving:
                    return "it is shutting down";
                case HelloFrameType.Refused:
                    throw new HelloException($"the peer refuses this server: {HelloHandshake.ReadReason(frame.Value.Body)}", refused: true);
                default:
                    throw new HelloException($"frame type {(byte)frame.Value.Type} is not allowed after the handshake");
            }
        }
    }

    // The peer has proved that it belongs to the ensemble, and says of a reconfiguration that it is committed.
    private static void Learn(EnsembleDirectory ensemble, byte[] text)
    {
        try
        {
            ensemble.Learn(Core.Replica.Membership.Parse(Encoding.UTF8.GetString(text)));
        }
        catch (FormatException e)
        {
            throw new HelloException($"the server list it sent cannot be understood: {e.Message}");
        }
    }

    // Never throws: whatever ends the writer also ends the reader, which knows why.
    private static async Task WriteAsync(HelloPipe pipe, EnsemblePeers peers, CancellationToken cancellationToken)
    {
        try
        {
            var told = false;
            var listTold = Zxid.Zero;
            while (true)
            {
                if (peers.Leaving.IsCompleted)
                {
                    await pipe.WriteAsync(HelloFrameType.Leaving, default, cancellationToken);
                    return;
                }

                if (!told && peers.SelfActive.IsCompleted)
                {
                    await pipe.WriteAsync(HelloFrameType.Active, default, cancellationToken);
                    told = true;
                }

                // Asked for first, so that no change is missed.
                var change = peers.Ensemble.NextChange;
                if (peers.Ensemble.List.Version > listTold)
                {
                    listTold = peers.Ensemble.List.Version;
                    await pipe.WriteAsync(HelloFrameType.ServerList, peers.Ensemble.Text, cancellationToken);
                }

                var pause = Task.Delay(HelloProtocol.PingInterval, cancellationToken);
                if (await Task.WhenAny(pause, peers.Leaving, change, told ? pause : peers.SelfActive) == pause)
                {
                    await pause;
                    await pipe.WriteAsync(HelloFrameType.Ping, default, cancellationToken);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ConnectionAbortedException or ConnectionResetException or InvalidOperationException)
        {
        }
    }
}

using GrainKeeper.Core.Quorum;
using Microsoft.AspNetCore.Connections;

namespace GrainKeeper.Silo.Membership;

/// <summary>Middleware of the silo port: takes the hello connections out and lets Orleans have the others, untouched.</summary>
internal sealed partial class HelloListener(EnsemblePeers peers, Lazy<HelloParty> party, ILogger<HelloListener> logger)
{
    private readonly RefusalLog _refusals = new();
    private int _handshakes;

    public async Task RunAsync(ConnectionContext context, ConnectionDelegate next)
    {
        var pipe = new HelloPipe(context.Transport);
        byte? version;
        using (var patience = CancellationTokenSource.CreateLinkedTokenSource(context.ConnectionClosed))
        {
            patience.CancelAfter(HelloProtocol.HandshakeTimeout);
            try
            {
                version = await pipe.TryReadPrefaceAsync(patience.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or HelloException)
            {
                context.Abort();
                return;
            }
        }

        if (version is null)
        {
            await next(context);
            return;
        }

        try
        {
            var identity = await AcceptAsync(context, pipe, version.Value);
            await HelloSession.RunAsync(context, pipe, identity, dialled: false, peers);
        }
        catch (HelloException e)
        {
            Report(context, e.Message);
        }
        catch (OperationCanceledException)
        {
            // The other side has gone, or was too slow.
        }
        finally
        {
            // What was written last, a refusal for example, still goes out: completing the output sends it before the socket closes.
            await context.Transport.Output.CompleteAsync();
        }
    }

    private async Task<HelloIdentity> AcceptAsync(ConnectionContext context, HelloPipe pipe, byte version)
    {
        if (Interlocked.Increment(ref _handshakes) > HelloProtocol.MaxHandshakes)
        {
            Interlocked.Decrement(ref _handshakes);
            throw new HelloException($"more than {HelloProtocol.MaxHandshakes} handshakes are under way");
        }

        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.ConnectionClosed);
            patience.CancelAfter(HelloProtocol.HandshakeTimeout);
            try
            {
                var identity = await HelloHandshake.AcceptAsync(pipe, party.Value, version, patience.Token);
                CompareLists(identity);
                return identity;
            }
            catch (OperationCanceledException) when (patience.IsCancellationRequested && !context.ConnectionClosed.IsCancellationRequested)
            {
                throw new HelloException($"the handshake took longer than {HelloProtocol.HandshakeTimeout.TotalSeconds} s");
            }
        }
        finally
        {
            Interlocked.Decrement(ref _handshakes);
        }
    }

    private void CompareLists(HelloIdentity identity)
    {
        if (party.Value.ListsAreStatic && identity.ListDigest != party.Value.ListDigest && _refusals.IsNew($"list {identity.From}"))
        {
            LogOtherList(identity.From);
        }
    }

    private void Report(ConnectionContext context, string reason)
    {
        if (_refusals.IsNew(reason))
        {
            LogRefused(context.RemoteEndPoint?.ToString(), reason);
        }
    }

    [LoggerMessage(LogLevel.Warning, "A connection from {Remote} to the silo port was refused: {Reason}.")]
    private partial void LogRefused(string? remote, string reason);

    [LoggerMessage(LogLevel.Warning, "Server {Peer} runs with another server list (ports, roles, weights or groups differ): make the lists equal.")]
    private partial void LogOtherList(ServerId peer);
}

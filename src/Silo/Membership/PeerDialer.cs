using System.Net.Sockets;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Silo.Transport;
using Microsoft.AspNetCore.Connections;
using Orleans.Configuration;

namespace GrainKeeper.Silo.Membership;

/// <summary>Keeps one hello connection to every peer: dials, and dials again whenever it has ended.</summary>
internal sealed partial class PeerDialer(
    EnsemblePeers peers, Lazy<HelloParty> party, SiloConnectionOptions connections, IServiceProvider services, ILogger<PeerDialer> logger)
{
    private readonly RefusalLog _complaints = new();

    /// <summary>Dials one peer until cancelled.</summary>
    public async Task RunAsync(ServerEntry peer, CancellationToken cancellationToken)
    {
        var dial = BuildPipeline();
        var pause = HelloProtocol.FirstRedial;
        while (!cancellationToken.IsCancellationRequested)
        {
            var attempt = new DialAttempt(peer);
            try
            {
                await ConnectAsync(peer, attempt, dial, cancellationToken);
                attempt.Error ??= new HelloException("the connection ended during the handshake");
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                attempt.Error ??= e;
            }

            Complain(peer, attempt);
            pause = attempt.Established ? HelloProtocol.FirstRedial : Min(pause * 1.5, HelloProtocol.LastRedial);
            try
            {
                await Task.Delay(pause, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    // The same middleware as Orleans' own connections to silos, so that TLS and whatever else is configured covers the hello too.
    private ConnectionDelegate BuildPipeline()
    {
        var builder = new ConnectionBuilder(services);
        ((SiloConnectionOptions.ISiloConnectionBuilderOptions)connections).ConfigureSiloOutboundBuilder(builder);
        builder.Run(GreetAsync);
        return builder.Build();
    }

    private static async Task ConnectAsync(ServerEntry peer, DialAttempt attempt, ConnectionDelegate dial, CancellationToken cancellationToken)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
        {
            patience.CancelAfter(HelloProtocol.ConnectTimeout);
            try
            {
                await socket.ConnectAsync(peer.Host, peer.SiloPort, patience.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException($"no answer within {HelloProtocol.ConnectTimeout.TotalMilliseconds} ms");
            }
        }

        await using var context = new DirectConnection(socket);
        context.Items[typeof(DialAttempt)] = attempt;
        using var stop = cancellationToken.Register(context.Abort);
        await dial(context);
    }

    private async Task GreetAsync(ConnectionContext context)
    {
        var attempt = (DialAttempt)context.Items[typeof(DialAttempt)]!;
        var pipe = new HelloPipe(context.Transport);
        try
        {
            HelloIdentity identity;
            using (var patience = CancellationTokenSource.CreateLinkedTokenSource(context.ConnectionClosed))
            {
                patience.CancelAfter(HelloProtocol.HandshakeTimeout);
                try
                {
                    identity = await HelloHandshake.DialAsync(pipe, party.Value, attempt.Peer.Id, patience.Token);
                }
                catch (OperationCanceledException) when (patience.IsCancellationRequested && !context.ConnectionClosed.IsCancellationRequested)
                {
                    throw new HelloException($"it did not finish the handshake within {HelloProtocol.HandshakeTimeout.TotalSeconds} s");
                }
            }

            attempt.Established = true;
            await HelloSession.RunAsync(context, pipe, identity, dialled: true, peers);
        }
        catch (Exception e)
        {
            attempt.Error = e;
        }
    }

    private void Complain(ServerEntry peer, DialAttempt attempt)
    {
        switch (attempt.Error)
        {
            case HelloException { Refused: true } refused when _complaints.IsNew($"{peer.Id} {refused.Message}"):
                LogRefused(peer.Id, peer.Host, peer.SiloPort, refused.Message);
                break;
            case HelloException { Refused: false } hello when !attempt.Established && _complaints.IsNew($"{peer.Id} {hello.Message}"):
                LogUnreachable(peer.Id, peer.Host, peer.SiloPort, hello.Message);
                break;
            case SocketException or TimeoutException or System.Security.Authentication.AuthenticationException when _complaints.IsNew($"{peer.Id} {attempt.Error.Message}"):
                LogUnreachable(peer.Id, peer.Host, peer.SiloPort, attempt.Error.Message);
                break;
            default:
                break;
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    [LoggerMessage(LogLevel.Warning, "Server {Peer} at {Host}:{Port} is no use as a peer: {Reason}.")]
    private partial void LogRefused(ServerId peer, string host, int port, string reason);

    [LoggerMessage(LogLevel.Information, "Server {Peer} at {Host}:{Port} cannot be reached: {Reason}.")]
    private partial void LogUnreachable(ServerId peer, string host, int port, string reason);

    private sealed class DialAttempt(ServerEntry peer)
    {
        public ServerEntry Peer => peer;

        public bool Established { get; set; }

        public Exception? Error { get; set; }
    }
}

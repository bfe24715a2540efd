using System.Net;
using System.Net.Sockets;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Silo.Configuration;
using GrainKeeper.Storage;
using Microsoft.AspNetCore.Connections;

namespace GrainKeeper.Silo.Hosting;

/// <summary>Turns what can go wrong at a start into one clear line.</summary>
internal static class StartFailure
{
    /// <summary>Checks that the server's ports are free, to name the one that is not.</summary>
    /// <exception cref="ServerStartException">A port is in use or may not be opened.</exception>
    public static void CheckPorts(ServerConfiguration configuration)
    {
        var own = configuration.SelfEntry;
        CheckPort(own.Id, configuration.ListenSiloPort ?? own.SiloPort, "silo port (the first of its server line, or listen.siloPort)");
        CheckPort(own.Id, configuration.ListenGatewayPort ?? own.GatewayPort, "gateway port (the second of its server line, or listen.gatewayPort)");
        if (configuration.Clients.SecureClientPort is { } secure)
        {
            CheckPort(own.Id, secure, "ZooKeeper port with TLS (secureClientPort)");
        }

        if (configuration.Clients.ClientPort is { } client)
        {
            CheckPort(own.Id, client, "ZooKeeper port (clientPort)");
        }
    }

    public static ServerStartException Explain(ServerConfiguration configuration, Exception error)
    {
        var cause = Unwrap(error);
        return cause switch
        {
            ServerStartException known => known,
            StorageException storage => new ServerStartException(ExitCodes.CannotStart, OneLine(storage.Message), error),
            AddressInUseException or SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse or SocketError.AddressNotAvailable } => new ServerStartException(
                ExitCodes.CannotStart,
                $"server {configuration.Self} cannot open one of its ports: {OneLine(cause.Message)}; check that its line {configuration.SelfEntry} names an address of this machine and free ports",
                error),
            UnauthorizedAccessException or IOException => new ServerStartException(
                ExitCodes.CannotStart, $"server {configuration.Self} cannot use its files: {OneLine(cause.Message)}; check owner, rights and space of {configuration.DataDirectory}", error),
            _ => new ServerStartException(ExitCodes.CannotStart, $"server {configuration.Self} cannot start: {cause.GetType().Name}: {OneLine(cause.Message)}", error),
        };
    }

    private static void CheckPort(ServerId server, int port, string use)
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

            // Without ReuseAddress, which would share the port with a listener that set it too. A port whose last owner has just died counts as free all the same.
            socket.Bind(new IPEndPoint(IPAddress.Any, port));
        }
        catch (SocketException e)
        {
            throw new ServerStartException(
                ExitCodes.CannotStart,
                $"port {port}, the {use} of server {server}, cannot be opened: {e.Message}; stop what uses it (ss -ltnp | grep {port}) or choose another port",
                e);
        }
    }

    private static Exception Unwrap(Exception error)
    {
        var seen = error;
        for (var e = error; e is not null; e = e is AggregateException { InnerExceptions.Count: > 0 } many ? many.InnerExceptions[0] : e.InnerException)
        {
            seen = e;
            if (e is ServerStartException or StorageException or AddressInUseException)
            {
                break;
            }
        }

        return seen;
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").TrimEnd('.');
}

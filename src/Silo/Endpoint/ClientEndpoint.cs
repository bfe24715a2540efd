using System.Security.Cryptography;
using GrainKeeper.Grains.Connections;
using GrainKeeper.Grains.Ensembles;
using GrainKeeper.Silo.Configuration;
using GrainKeeper.Silo.Transport;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace GrainKeeper.Silo.Endpoint;

/// <summary>Adds the ZooKeeper client ports to a server's host.</summary>
public static class ClientEndpoint
{
    /// <summary>Registers what the ports need. They are opened by <see cref="ListenForZooKeeperClients"/>.</summary>
    public static IServiceCollection AddZooKeeperEndpoint(this IServiceCollection services, ClientEndpointOptions options, ServerConfiguration server)
    {
        var limiter = new ConnectionLimiter(options.MaxConnections, options.MaxConnectionsPerAddress);
        services.AddDirectEndpoint();
        services.AddSingleton(options);
        services.AddSingleton<EndpointStatistics>();
        services.AddSingleton(s => new FourLetterWords(
            options, server, s.GetRequiredService<EnsembleDirectory>(), s.GetRequiredService<EndpointStatistics>(), s.GetRequiredService<IReplicaConnections>()));
        services.AddSingleton(s => new ZooKeeperConnectionHandler(
            options,
            s.GetRequiredService<IReplicaConnections>(),
            s.GetRequiredService<FourLetterWords>(),
            s.GetRequiredService<EndpointStatistics>(),
            limiter,
            s.GetRequiredService<ILogger<ZooKeeperConnectionHandler>>()));
        return services;
    }

    /// <summary>Opens the ports that the options name.</summary>
    /// <exception cref="CryptographicException">A certificate file is not what it should be.</exception>
    public static KestrelServerOptions ListenForZooKeeperClients(this KestrelServerOptions kestrel, ClientEndpointOptions options)
    {
        kestrel.Limits.MaxConcurrentConnections = null;
        if (options.Port is { } port)
        {
            kestrel.Listen(options.Address, port, listen => listen.UseConnectionHandler<ZooKeeperConnectionHandler>());
        }

        if (options.SecurePort is { } secure)
        {
            var tls = options.Tls ?? throw new ArgumentException("a port for clients with TLS needs a certificate; set ssl.keyStore.location", nameof(options));
            var certificates = ClientCertificates.Load(tls);
            kestrel.Listen(options.SecureAddress, secure, listen =>
            {
                listen.Protocols = HttpProtocols.None;
                listen.UseHttps(https => Secure(https, certificates, tls.ClientCertificate, options.HandshakeTimeout));
                listen.UseConnectionHandler<ZooKeeperConnectionHandler>();
            });
        }

        return kestrel;
    }

    private static void Secure(HttpsConnectionAdapterOptions https, ClientCertificates certificates, ClientCertificateRule rule, int timeout)
    {
        https.ServerCertificate = certificates.Own;
        https.HandshakeTimeout = TimeSpan.FromMilliseconds(timeout);
        https.ClientCertificateMode = rule switch
        {
            ClientCertificateRule.None => ClientCertificateMode.NoCertificate,
            ClientCertificateRule.Want => ClientCertificateMode.AllowCertificate,
            _ => ClientCertificateMode.RequireCertificate,
        };
        https.ClientCertificateValidation = (certificate, _, _) => certificates.IsTrusted(certificate);
    }
}

using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using GrainKeeper.Grains.Ensembles;
using GrainKeeper.Silo.Transport;
using Microsoft.AspNetCore.Connections;

namespace GrainKeeper.Silo.Membership;

/// <summary>Mutual TLS on every connection between silos, hellos included.</summary>
internal static class PeerTlsMiddleware
{
    public static async Task InboundAsync(ConnectionContext context, ConnectionDelegate next, PeerCertificates certificates)
    {
        await using var stream = Open(context, (_, certificate, _, errors) => IsTrusted(certificate, errors, certificates, host: null));
        using var patience = Patience(context);
        await stream.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificate = certificates.Own, ClientCertificateRequired = true }, patience.Token);
        await RunAsync(context, next, stream);
    }

    public static async Task OutboundAsync(ConnectionContext context, ConnectionDelegate next, PeerCertificates certificates, EnsembleDirectory ensemble, bool verifyHost)
    {
        var host = HostOf(context, ensemble);
        await using var stream = Open(context, (_, certificate, _, errors) => IsTrusted(certificate, errors, certificates, verifyHost ? host : null));
        using var patience = Patience(context);
        await stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = host, ClientCertificates = [certificates.Own] }, patience.Token);
        await RunAsync(context, next, stream);
    }

    private static SslStream Open(ConnectionContext context, RemoteCertificateValidationCallback judge) =>
        new(new DuplexPipeStream(context.Transport), leaveInnerStreamOpen: false, judge);

    private static CancellationTokenSource Patience(ConnectionContext context)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(context.ConnectionClosed);
        source.CancelAfter(HelloProtocol.HandshakeTimeout);
        return source;
    }

    private static async Task RunAsync(ConnectionContext context, ConnectionDelegate next, SslStream stream)
    {
        var plain = context.Transport;
        context.Transport = new DuplexPipe(
            PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true)),
            PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true)));
        try
        {
            await next(context);
        }
        finally
        {
            context.Transport = plain;
        }
    }

    // The port tells which server line is meant: Orleans connects to the address that the peer announces, not to the name. A server that is about to be added has no line here
    // yet: until then its certificate must name its address.
    private static string HostOf(ConnectionContext context, EnsembleDirectory ensemble)
    {
        var remote = context.RemoteEndPoint as IPEndPoint;
        var lines = ensemble.List.Servers.Where(s => s.SiloPort == remote?.Port && !s.HasWildcardHost).ToArray();
        if (lines.Length == 1)
        {
            return lines[0].Host;
        }

        var address = remote?.Address.IsIPv4MappedToIPv6 == true ? remote.Address.MapToIPv4() : remote?.Address;
        return lines.FirstOrDefault(s => IPAddress.TryParse(s.Host, out var ip) && ip.Equals(address))?.Host ?? address?.ToString() ?? string.Empty;
    }

    private static bool IsTrusted(X509Certificate? given, SslPolicyErrors errors, PeerCertificates certificates, string? host)
    {
        if (given is not X509Certificate2 certificate || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(certificates.Authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate) && (host is null || certificate.MatchesHostname(host, allowCommonName: true));
    }
}

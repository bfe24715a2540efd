using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using GrainKeeper.Core.Jute;
using GrainKeeper.Endpoint.Tests.Hosting;
using GrainKeeper.Silo.Configuration;

namespace GrainKeeper.Endpoint.Tests;

/// <summary>The client port with TLS.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("gk-tls-").FullName;
    private readonly X509Certificate2 _authority = Authority("CN=authority");

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_client_with_a_certificate_is_known_by_its_subject()
    {
        await using var server = await StartAsync(ClientCertificateRule.Need);
        using var certificate = Issued(_authority, "C=DE, O=\"Beans, Inc\", CN=alice");
        await using var alice = await WireClient.DialSecureAsync(server.SecurePort, certificate);
        Assert.True(await alice.TryConnectAsync(4_000));
        var (who, body) = await alice.AskAsync(OpCode.WhoAmI, _ => { });
        Assert.Equal(ErrorCode.Ok, who.Error);
        Assert.Contains(("x509", "CN=alice,O=Beans\\, Inc,C=DE"), Identities(body));

        var (created, _) = await alice.CreateAsync("/hers", "secret"u8.ToArray(), acl: (31, "x509", "CN=alice,O=Beans\\, Inc,C=DE"));
        Assert.Equal(ErrorCode.Ok, created.Error);
        await using var other = await WireClient.ConnectAsync(server.Port);
        Assert.Equal(ErrorCode.NoAuth, (await other.GetDataAsync("/hers")).Header.Error);
        Assert.Equal(ErrorCode.Ok, (await alice.GetDataAsync("/hers")).Header.Error);
        var (auth, _) = await alice.CreateAsync("/auth", [], acl: (31, "auth", string.Empty));
        Assert.Equal(ErrorCode.Ok, auth.Error);
    }

    [Fact]
    public async Task A_client_with_the_super_users_certificate_bypasses_ACLs()
    {
        await using var server = await StartAsync(ClientCertificateRule.Want, superUser: "CN=root");
        await using var owner = await WireClient.ConnectAsync(server.Port);
        await owner.CreateAsync("/closed", [], acl: (31, "digest", "a:b"));
        using var certificate = Issued(_authority, "CN=root");
        await using var root = await WireClient.DialSecureAsync(server.SecurePort, certificate);
        Assert.True(await root.TryConnectAsync(4_000));
        Assert.Equal(ErrorCode.Ok, (await root.GetDataAsync("/closed")).Header.Error);
    }

    [Fact]
    public async Task Clients_without_a_trusted_certificate_are_refused_where_one_is_needed()
    {
        await using var server = await StartAsync(ClientCertificateRule.Need);
        using var stranger = Authority("CN=stranger");
        using var forged = Issued(stranger, "CN=alice");
        Assert.False(await EntersAsync(server, null));
        Assert.False(await EntersAsync(server, forged));
        using var good = Issued(_authority, "CN=alice");
        Assert.True(await EntersAsync(server, good));
    }

    [Fact]
    public async Task Clients_need_no_certificate_where_none_is_asked_for()
    {
        await using var server = await StartAsync(ClientCertificateRule.None);
        Assert.True(await EntersAsync(server, null));
    }

    [Fact]
    public async Task A_client_that_does_not_speak_TLS_is_closed_on_that_port()
    {
        await using var server = await StartAsync(ClientCertificateRule.None);
        await using var client = await WireClient.DialAsync(server.SecurePort);
        await client.SendAsync(WireClient.ConnectFrame(4_000));
        await client.ClosedAsync();
        await using var other = await WireClient.ConnectAsync(server.Port);
        await other.PingAsync();
    }

    [Fact]
    public async Task A_connection_that_never_finishes_its_TLS_handshake_is_closed_in_time()
    {
        await using var server = await StartAsync(ClientCertificateRule.None, handshakeTimeout: 1_000);
        await using var client = await WireClient.DialAsync(server.SecurePort);
        await client.SendAsync(new byte[] { 22, 3, 1, 0 });
        await client.ClosedAsync();
    }

    private static async Task<bool> EntersAsync(EndpointServer server, X509Certificate2? certificate)
    {
        try
        {
            await using var client = await WireClient.DialSecureAsync(server.SecurePort, certificate);
            return await client.TryConnectAsync(4_000);
        }
        catch (Exception e) when (e is IOException or AuthenticationException or SocketException)
        {
            return false;
        }
    }

    private static List<(string Scheme, string Id)> Identities(byte[] body)
    {
        var reader = new JuteReader(body);
        var all = new List<(string, string)>();
        foreach (var identity in WhoAmIResponse.Read(ref reader))
        {
            all.Add((Encoding.UTF8.GetString(identity.Scheme), Encoding.UTF8.GetString(identity.Id)));
        }

        return all;
    }

    private static X509Certificate2 Authority(string subject)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
    }

    private static X509Certificate2 Issued(X509Certificate2 authority, string subject)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = new X500DistinguishedName(subject, X500DistinguishedNameFlags.None);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        var serial = RandomNumberGenerator.GetBytes(12);
        using var bare = request.Create(authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(10), serial);
        return bare.CopyWithPrivateKey(key);
    }

    private Task<EndpointServer> StartAsync(ClientCertificateRule rule, string? superUser = null, int handshakeTimeout = 10_000)
    {
        var own = Path.Combine(_directory, "server.pem");
        var trust = Path.Combine(_directory, "trust.pem");
        using var certificate = Issued(_authority, "CN=localhost");
        File.WriteAllText(own, certificate.ExportCertificatePem() + "\n" + certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem() + "\n");
        File.WriteAllText(trust, _authority.ExportCertificatePem() + "\n");
        return EndpointServer.StartAsync(
            c => c with { SecureClientPort = FreePorts.Take(), Tls = new ClientTlsOptions(own, null, trust, null, rule), HandshakeTimeout = handshakeTimeout },
            r => r with { SuperCertificate = superUser });
    }
}

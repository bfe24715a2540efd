using GrainKeeper.Silo.Configuration;

namespace GrainKeeper.Silo.Tests;

/// <summary>The port with TLS for ZooKeeper clients, and its certificates.</summary>
public sealed class ClientTlsTests : IDisposable
{
    private readonly Zoo _zoo = Zoo.With("secret=0123456789abcdef\n");
    private readonly string _store;
    private readonly string _trust;
    private readonly string _password;

    public ClientTlsTests() => (_store, _trust, _password) = Certificates.Make(_zoo.Directory);

    [Fact]
    public void A_port_with_TLS_has_its_certificates_and_asks_for_clients()
    {
        var configuration = _zoo.Load(With());
        Assert.Equal(2281, configuration.Clients.SecureClientPort);
        Assert.Equal(new ClientTlsOptions(_store, "opensesame", _trust, null, ClientCertificateRule.Need), configuration.Clients.Tls);
        Assert.Empty(configuration.Warnings);
    }

    [Fact]
    public void Without_that_port_there_is_none()
    {
        var clients = _zoo.Load(With("secureClientPort=")).Clients;
        Assert.Null(clients.SecureClientPort);
        Assert.Null(clients.Tls);
    }

    [Theory]
    [InlineData("none", ClientCertificateRule.None)]
    [InlineData("Want", ClientCertificateRule.Want)]
    [InlineData("NEED", ClientCertificateRule.Need)]
    public void The_rule_for_clients_certificates_is_taken(string word, ClientCertificateRule expected) =>
        Assert.Equal(expected, _zoo.Load(With("ssl.clientAuth=" + word)).Clients.Tls!.ClientCertificate);

    [Fact]
    public void Passwords_are_given_directly_or_by_a_file()
    {
        var direct = _zoo.Load(With("ssl.keyStore.passwordPath=", "ssl.keyStore.password=opensesame", "ssl.trustStore.password=unused")).Clients.Tls!;
        Assert.Equal(("opensesame", "unused"), (direct.CertificatePassword, direct.TrustPassword));
        var byFile = _zoo.Load(With("ssl.trustStore.passwordPath=" + _password)).Clients.Tls!;
        Assert.Equal(("opensesame", "opensesame"), (byFile.CertificatePassword, byFile.TrustPassword));
        Assert.DoesNotContain("opensesame", byFile.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ssl.keyStore.location", "is needed with secureClientPort")]
    [InlineData("ssl.trustStore.location", "is needed with secureClientPort, unless ssl.clientAuth=none")]
    public void The_port_needs_certificates(string key, string expected)
    {
        var error = Assert.Single(_zoo.Errors(With(key + "=")));
        Assert.Equal($"{key}: {expected}; give the path of a PEM or PKCS#12 file", error.ToString());
    }

    [Fact]
    public void Authorities_are_not_needed_when_clients_show_no_certificate() =>
        Assert.Null(_zoo.Load(With("ssl.trustStore.location=", "ssl.clientAuth=none")).Clients.Tls!.TrustFile);

    [Theory]
    [InlineData("ssl.keyStore.location", "/no/such.pem", "there is no such file; give the path of a PEM or PKCS#12 file")]
    [InlineData("ssl.trustStore.location", "/no/such.pem", "there is no such file; give the path of a PEM or PKCS#12 file")]
    [InlineData("ssl.keyStore.location", "a.jks", "is a Java key store, which cannot be read; convert it: keytool -importkeystore -srckeystore FILE.jks -destkeystore FILE.p12 -deststoretype PKCS12")]
    [InlineData("ssl.keyStore.passwordPath", "/no-such-file", "the file cannot be read: Could not find file '/no-such-file'.; give the path of a readable file")]
    [InlineData("ssl.trustStore.passwordPath", "/no-such-file", "the file cannot be read: Could not find file '/no-such-file'.; give the path of a readable file")]
    public void A_file_that_is_not_there_is_told_with_its_key(string key, string path, string expected) =>
        Assert.Contains($"command line: {key} = '{path}': {expected}", _zoo.Errors(With($"{key}={path}")).Select(e => e.ToString()));

    [Fact]
    public void A_file_that_cannot_be_loaded_is_told_with_its_key_and_without_its_password()
    {
        var store = Assert.Single(_zoo.Errors(With("ssl.keyStore.passwordPath=", "ssl.keyStore.password=guessed")));
        Assert.Equal(("ssl.keyStore.location", _store), (store.Key, store.Value));
        Assert.StartsWith("the file cannot be loaded: ", store.What, StringComparison.Ordinal);
        Assert.EndsWith("the server's certificate and its private key, and its password if it has one", store.Remedy, StringComparison.Ordinal);
        Assert.DoesNotContain("guessed", store.ToString(), StringComparison.Ordinal);
        var trust = Assert.Single(_zoo.Errors(With("ssl.trustStore.location=" + _password)));
        Assert.Equal(("ssl.trustStore.location", _password), (trust.Key, trust.Value));
        Assert.EndsWith("the authorities' certificates, and its password if it has one", trust.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_file_has_4096_characters_at_most()
    {
        File.WriteAllText(_password, new string('p', 4096));
        Assert.Equal(4096, _zoo.Load(With("ssl.keyStore.passwordPath=", "ssl.keyStore.password=opensesame", "ssl.trustStore.passwordPath=" + _password)).Clients.Tls!.TrustPassword!.Length);
        File.WriteAllText(_password, new string('p', 4097));
        Assert.Contains(
            _zoo.Errors(With()),
            e => e.ToString() == $"command line: ssl.keyStore.passwordPath = '{_password}': the file has more than 4096 characters; give the path of a file with the password alone");
    }

    [Fact]
    public void The_port_differs_from_the_other_ports()
    {
        var error = Assert.Single(_zoo.Errors(With("clientPort=2281")));
        Assert.Equal("command line: secureClientPort = '2281': port 2281 is also clientPort of this server; give each its own port", error.ToString());
    }

    [Theory]
    [InlineData("CN=admin")]
    [InlineData("UID=1+CN=The Admin,OU=a=b,O=Beans\\\\, Inc,DC=example")]
    [InlineData("1.2.840.113549.1.9.1=#160161,CN=admin")]
    public void A_super_users_subject_is_taken_as_it_is_written(string subject)
    {
        using var zoo = Zoo.With($"X509AuthenticationProvider.superUser={subject}\n");
        Assert.Equal(subject.Replace("\\\\", "\\", StringComparison.Ordinal), zoo.Load().Replica.SuperCertificate);
    }

    [Theory]
    [InlineData("cn=admin")]
    [InlineData("CN=admin,")]
    [InlineData("CN=admin/O=Beans,x")]
    [InlineData("E=a@b.example")]
    [InlineData("1.2.3=plain")]
    public void A_subject_that_no_certificate_can_have_is_an_error(string subject) =>
        Assert.Equal("X509AuthenticationProvider.superUser", Assert.Single(_zoo.Errors(["X509AuthenticationProvider.superUser=" + subject])).Key);

    public void Dispose() => _zoo.Dispose();

    // Of two settings with one key the later wins; an empty one counts as absent.
    private string[] With(params string[] settings) =>
    [
        "secureClientPort=2281", "ssl.keyStore.location=" + _store, "ssl.keyStore.passwordPath=" + _password, "ssl.trustStore.location=" + _trust, .. settings,
    ];
}

using GrainKeeper.Silo.Configuration;

namespace GrainKeeper.Silo.Tests;

/// <summary>Secrets, TLS between servers, and outside membership stores.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class SecurityTests
{
    [Fact]
    public void Without_a_secret_one_is_derived_and_a_warning_says_so()
    {
        using var zoo = Zoo.With("clusterId=orders\n");
        var configuration = zoo.Load();
        Assert.True(configuration.SecretIsGuessable);
        Assert.Equal(EnsembleSecret.Derive("orders"), configuration.Secret.ToArray());
        Assert.Contains(configuration.Warnings, w => w.Key == "secretFile" && w.What.Contains("can be guessed", StringComparison.Ordinal));
    }

    [Fact]
    public void A_secret_file_is_read_without_its_line_break()
    {
        using var zoo = Zoo.With(string.Empty);
        var path = Path.Combine(zoo.Directory, "secret");
        EnsembleSecret.Create(path);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        var configuration = zoo.Load(["secretFile=" + path]);
        Assert.False(configuration.SecretIsGuessable);
        Assert.Equal(File.ReadAllText(path).TrimEnd('\n'), System.Text.Encoding.ASCII.GetString(configuration.Secret.Span));
        Assert.Empty(configuration.Warnings);
    }

    [Fact]
    public void A_secret_file_that_others_can_read_is_a_warning_and_a_short_one_an_error()
    {
        using var zoo = Zoo.With(string.Empty);
        var path = Path.Combine(zoo.Directory, "secret");
        File.WriteAllText(path, "0123456789abcdef\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        Assert.Equal($"run: chmod 600 {path}", Assert.Single(zoo.Load(["secretFile=" + path]).Warnings).Remedy);
        File.WriteAllText(path, "0123456789abcde\n");
        Assert.Equal("the file has 15 bytes; at least 16 are needed", Assert.Single(zoo.Errors(["secretFile=" + path])).What);
    }

    [Fact]
    public void A_secret_and_a_secret_file_exclude_each_other()
    {
        using var zoo = Zoo.With("secret=0123456789abcdef\nsecretFile=/x\n");
        Assert.Equal("secret and secretFile are both given", Assert.Single(zoo.Errors()).What);
    }

    [Fact]
    public void Tls_between_servers_needs_files_that_can_be_read()
    {
        using var zoo = Zoo.With(string.Empty);
        var (store, trust, password) = Certificates.Make(zoo.Directory);
        string[] settings =
        [
            "sslQuorum=true", "ssl.quorum.keyStore.location=" + store, "ssl.quorum.keyStore.passwordPath=" + password, "ssl.quorum.trustStore.location=" + trust,
            "ssl.quorum.hostnameVerification=false",
        ];
        Assert.Equal(new PeerTlsOptions(store, "opensesame", trust, null, false), zoo.Load(settings).PeerTls);
        Assert.Equal("opensesame", zoo.Load([.. settings.Where(s => !s.Contains("passwordPath", StringComparison.Ordinal)), "ssl.quorum.keyStore.password=opensesame"]).PeerTls!.CertificatePassword);
        Assert.Equal("unused", zoo.Load([.. settings, "ssl.quorum.trustStore.password=unused"]).PeerTls!.TrustPassword);
        File.WriteAllText(Path.Combine(zoo.Directory, "trust-password"), "unused\n");
        Assert.Equal("unused", zoo.Load([.. settings, "ssl.quorum.trustStore.passwordPath=" + Path.Combine(zoo.Directory, "trust-password")]).PeerTls!.TrustPassword);
        Assert.Null(zoo.Load([.. settings, "sslQuorum=false"]).PeerTls);
        Assert.Contains(zoo.Errors([.. settings, "ssl.quorum.keyStore.location=/no/such.p12"]), e => e.What == "there is no such file");
        Assert.Contains(zoo.Errors([.. settings, "ssl.quorum.keyStore.location=store.JKS"]), e => e.What.Contains("Java key store", StringComparison.Ordinal));
        Assert.StartsWith("the file cannot be loaded: ", Assert.Single(zoo.Errors([.. settings, "ssl.quorum.keyStore.location=" + password]), e => e.Key == "ssl.quorum.keyStore.location").What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgres", "Host=db;Database=d;Username=u;Password=hidden", ClusteringKind.Postgres)]
    [InlineData("Redis", "redis:6379,password=hidden", ClusteringKind.Redis)]
    public void An_outside_membership_store_is_taken(string kind, string connection, ClusteringKind expected)
    {
        using var zoo = Zoo.With($"clustering={kind}\nclustering.connectionString={connection}\n");
        var clustering = zoo.Load().Clustering;
        Assert.Equal((expected, connection), (clustering.Kind, clustering.ConnectionString));
        Assert.DoesNotContain("hidden", clustering.ToString() + zoo.Load(), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_role_in_peerType_than_in_the_server_line_is_a_warning()
    {
        using var zoo = Zoo.With("peerType=participant\n");
        Assert.DoesNotContain(zoo.Load().Warnings, w => w.Key == "peerType");
        Assert.Contains(zoo.Load(["peerType=observer"]).Warnings, w => w.Key == "peerType");
    }
}

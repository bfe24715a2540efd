using GrainKeeper.Silo.Configuration;

namespace GrainKeeper.Silo.Tests;

/// <summary>What is wrong is named: key, line, value, what is allowed, and the remedy.</summary>
public sealed class ProblemTests
{
    [Theory]
    [InlineData("tickTime=soon", "tickTime = 'soon': must be a whole number of 10 to 3600000 ms; correct the number or remove the line to get the default")]
    [InlineData("tickTime=9", "tickTime = '9': must be a whole number of 10 to 3600000 ms; correct the number or remove the line to get the default")]
    [InlineData("clientPort=65536", "clientPort = '65536': must be a whole number of 1 to 65535 (a TCP port); correct the number or remove the line to get the default")]
    [InlineData("skipACL=maybe", "skipACL = 'maybe': must be true, yes, false or no; write one of these words")]
    [InlineData("electionAlg=1", "electionAlg = '1': algorithm 1 (FastLeaderElection over UDP) does not exist here; use 0, 2 or 3; 3 is the default")]
    [InlineData("clusterId=a b", "clusterId = 'a b': must be 1 to 64 printable ASCII characters without blanks; choose a short name such as orders-prod")]
    [InlineData("peerType=voter", "peerType = 'voter': must be participant or observer; write one of these words, or remove the line")]
    [InlineData("clustering=consul", "clustering = 'consul': must be static, postgres or redis; write one of these words, or remove the line to get static")]
    [InlineData("clustering=redis", "clustering = 'redis': needs clustering.connectionString; set it to host:6379")]
    [InlineData("syncLimit=2000000", "syncLimit = '2000000': must be a whole number of 1 to 1000000 ticks; correct the number or remove the line to get the default")]
    [InlineData("syncLimit=1000000", "syncLimit = '1000000': syncLimit × tickTime is 2000000000 ms; allowed are 20 to 3600000 ms; correct syncLimit or tickTime")]
    [InlineData("heartbeatInterval=1500", "heartbeatInterval = '1500': a heartbeat every 1500 ms leaves no room for a lost one within the sync timeout of 2000 ms; make the sync timeout (syncTimeout, or syncLimit × tickTime) at least twice the heartbeat interval")]
    [InlineData("transactions.lockWait=20000", "transactions.lockWait = '20000': a participant would wait for locks for 20000 ms, longer than the coordinator for its vote, 10000 ms; set transactions.lockWait to at most transactions.voteTimeout")]
    [InlineData("transactions.maxResendInterval=100", "transactions.maxResendInterval = '100': the longest interval, 100 ms, is below the first, 500 ms; set transactions.maxResendInterval to at least transactions.resendInterval")]
    [InlineData("transactions.retention=4000", "transactions.retention = '4000': a finished transaction is remembered for 4000 ms, which must be more than twice the timeout of a call, 2000 ms: longer than any message lives; raise transactions.retention or lower transactions.callTimeout")]
    [InlineData("initTimeout=300", "initTimeout = '300': a heartbeat every 250 ms leaves no room for a lost one within the init timeout of 300 ms; make the init timeout (initTimeout, or initLimit × tickTime) at least twice the heartbeat interval")]
    [InlineData("electionFinalizeWait=900", "electionFinalizeWait = '900': 900 ms is above fastleader.minNotificationInterval, 200 ms; choose a smaller number")]
    [InlineData("fastleader.maxNotificationInterval=9", "fastleader.maxNotificationInterval = '9': the largest interval, 9 ms, is below the smallest, 200 ms; set fastleader.maxNotificationInterval above fastleader.minNotificationInterval")]
    [InlineData("minSessionTimeout=50000", "minSessionTimeout = '50000': the smallest session timeout, 50000 ms, is above the largest, 40000 ms (defaults: 2 and 20 ticks); set minSessionTimeout below maxSessionTimeout")]
    [InlineData("dataDir=/etc/passwd", "dataDir = '/etc/passwd': is a file, not a directory; give the path of a directory")]
    [InlineData("id=0", "id = '0': must be a whole number of 1 to 255; use one of 1, 2, 3")]
    [InlineData("id=4", "id = '4': there is no line server.4; use one of 1, 2, 3, or add the line")]
    [InlineData("weight.1=2000", "weight.1 = '2000': must be a whole number of 0 to 1000; correct the weight or remove the line to get 1")]
    [InlineData("weight.7=1", "weight.7 = '1': there is no line server.7; remove the line or add the server")]
    [InlineData("group.1=1:9", "group.1 = '1:9': '9' is not the id of a listed server; write group.N=id:id:… with ids that have a server line")]
    [InlineData("server.x=h:1:2", "server.x = 'h:1:2': 'x' is not a number of 1 to 255; write server.N with such a number")]
    [InlineData("secretFile=/no/such/file", "secretFile = '/no/such/file': the file cannot be read: Could not find file '/no/such/file'.; give the path of a readable file with 16 bytes or more")]
    [InlineData("peerType=participant,observer", "peerType = 'participant,observer': must be participant or observer; write one of these words, or remove the line")]
    [InlineData("clustering=static,redis", "clustering = 'static,redis': must be static, postgres or redis; write one of these words, or remove the line to get static")]
    [InlineData("secureClientPort=0", "secureClientPort = '0': must be a whole number of 1 to 65535 (a TCP port); correct the number or remove the line to get the default")]
    [InlineData("secureClientPort=12", "secureClientPort = '12': port 12 is also listen.gatewayPort of this server; give each its own port")]
    [InlineData("nio.sessionlessCnxnTimeout=99", "nio.sessionlessCnxnTimeout = '99': must be a whole number of 100 to 600000 ms; correct the number or remove the line to get the default")]
    [InlineData("enforceQuota=1", "enforceQuota = '1': must be true, yes, false or no; write one of these words")]
    [InlineData("audit.enable=on", "audit.enable = 'on': must be true, yes, false or no; write one of these words")]
    [InlineData("ssl.clientAuth=always", "ssl.clientAuth = 'always': must be none, want or need; write one of these words, or remove the line to get need")]
    [InlineData("ssl.clientAuth=none,want", "ssl.clientAuth = 'none,want': must be none, want or need; write one of these words, or remove the line to get need")]
    [InlineData("ssl.clientAuth=1", "ssl.clientAuth = '1': must be none, want or need; write one of these words, or remove the line to get need")]
    [InlineData("X509AuthenticationProvider.superUser=admin", "X509AuthenticationProvider.superUser = 'admin': is not a subject as certificates' are written here: RFC 2253, most specific part first, types in capitals, no blanks between parts; write for example CN=admin,O=Beans,C=DE")]
    [InlineData("X509AuthenticationProvider.superUser=CN=admin, O=Beans", "X509AuthenticationProvider.superUser = 'CN=admin, O=Beans': is not a subject as certificates' are written here: RFC 2253, most specific part first, types in capitals, no blanks between parts; write for example CN=admin,O=Beans,C=DE")]
    [InlineData("sslQuorum=true", null)]
    [InlineData("dynamicConfigFile=/no/such/file", null)]
    public void A_bad_value_is_an_error_with_key_line_value_and_remedy(string line, string? expected)
    {
        using var zoo = Zoo.With(line + "\n");
        var errors = zoo.Errors();
        Assert.NotEmpty(errors);
        Assert.All(errors, e => Assert.False(string.IsNullOrWhiteSpace(e.What) || string.IsNullOrWhiteSpace(e.Remedy)));
        if (expected is not null)
        {
            Assert.Contains($"{zoo.File}:6: {expected}", errors.Select(e => e.ToString()));
        }
    }

    [Fact]
    public void All_errors_are_told_at_once()
    {
        using var zoo = Zoo.With("tickTime=x\nsnapCount=y\nskipACL=z\n");
        Assert.Equal(["skipACL", "snapCount", "tickTime"], zoo.Errors().Select(e => e.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_json_file_is_named_with_its_line()
    {
        using var zoo = new Zoo("{\n  // with a comment\n  \"GrainKeeper\": {\n    \"dataDir\": \"/data\",\n    \"admin\": {\n      \"serverPort\": \"x\"\n    },\n    \"id\": 1\n  }\n}", "server.json");
        Assert.StartsWith($"{zoo.File}:6: admin:serverPort = 'x': must be", Assert.Single(zoo.Errors()).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tikTime=2000", "tikTime: unknown key, ignored; did you mean tickTime?")]
    [InlineData("snapcounts=2000", "snapcounts: unknown key, ignored; did you mean snapCount?")]
    [InlineData("somethingElse=1", "somethingElse: unknown key, ignored; see docs/configuration.md for the known keys")]
    [InlineData("preAllocSize=65536", "preAllocSize: without effect: the log's files have a fixed size, and snapshots follow the number of transactions; set log.segmentBytes and snapCount")]
    [InlineData("sessionRequireClientSASLAuth=true", "sessionRequireClientSASLAuth: without effect: clients are not made to authenticate; protect nodes by ACLs, and the port by ssl.clientAuth=need on secureClientPort")]
    [InlineData("authProvider.sasl=x", "authProvider.sasl: without effect: the schemes are world, ip, digest and x509; use digest, or client certificates")]
    [InlineData("authProvider.27=x", "authProvider.27: without effect: the schemes are world, ip, digest and x509; use digest, or client certificates")]
    [InlineData("sasl.something=x", "sasl.something: not supported: this protection or provider is not part of this version; remove the line once you have dealt with it")]
    [InlineData("DigestAuthenticationProvider.digestAlg=SHA256", "DigestAuthenticationProvider.digestAlg: without effect: digests are SHA-1; set ACLs and superDigest anew where theirs come from another algorithm")]
    [InlineData("forceSync=no", "forceSync: without effect: transactions are always forced to disk before they are acknowledged; nothing needs to be done")]
    [InlineData("autopurge.snapRetainCount=1", "autopurge.snapRetainCount = '1': raised to 3, the least that is safe; write 3 or more")]
    [InlineData("autopurge.purgeInterval=24", "autopurge.purgeInterval = '24': old snapshots and logs are purged whenever a snapshot is complete, whatever the interval; nothing needs to be done")]
    [InlineData("peerType=observer", "peerType = 'observer': differs from server.1, which counts; write the role into the line server.1 on every server")]
    [InlineData("clustering.connectionString=secret-host:1", "clustering.connectionString: has no effect with clustering=static; remove the line or set clustering=postgres or redis")]
    [InlineData("secureClientPortAddress=10.0.0.1", "secureClientPortAddress = '10.0.0.1': has no effect without secureClientPort; set secureClientPort, or remove the line")]
    [InlineData("ssl.keyStore.location=/etc/server.pem", "ssl.keyStore.location = '/etc/server.pem': has no effect without secureClientPort; set secureClientPort, or remove the line")]
    [InlineData("ssl.trustStore.password=hidden", "ssl.trustStore.password: has no effect without secureClientPort; set secureClientPort, or remove the line")]
    [InlineData("ssl.clientAuth=need", "ssl.clientAuth = 'need': has no effect without secureClientPort; set secureClientPort, or remove the line")]
    public void What_has_no_effect_is_a_warning(string line, string expected)
    {
        using var zoo = Zoo.With(line + "\n");
        var warnings = zoo.Load().Warnings;
        Assert.All(warnings, w => Assert.False(w.IsError));
        Assert.Contains($"{zoo.File}:6: {expected}", warnings.Select(w => w.ToString()));
    }

    [Theory]
    [InlineData("secret=tooshort-hidden")]
    [InlineData("DigestAuthenticationProvider.superDigest=hidden")]
    [InlineData("ssl.quorum.keyStore.password=hidden")]
    [InlineData("ssl.keyStore.password=hidden\nssl.trustStore.password=hidden")]
    [InlineData("clustering=postgres\nclustering.connectionString=Nonsense=hidden")]
    public void A_secret_is_never_repeated(string lines)
    {
        using var zoo = Zoo.With(lines + "\nsnapCount=x\n");
        var thrown = Assert.Throws<ConfigurationException>(() => zoo.Load());
        Assert.DoesNotContain("hidden", thrown.Message + string.Concat(thrown.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_pasted_file_does_not_flood_the_console()
    {
        using var zoo = Zoo.With($"tickTime={new string('\u001b', 10_000)}\n");
        Assert.True(Assert.Single(zoo.Errors()).ToString().Length < 400);
        Assert.DoesNotContain("\u001b", zoo.Errors()[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_missing_or_broken_is_named()
    {
        using var zoo = new Zoo("{ nonsense", "server.json");
        Assert.Contains(zoo.Errors(), e => e.Key == "config" && e.Where == zoo.File && e.What.Contains("not valid JSON", StringComparison.Ordinal));
        var missing = new ConfigurationRequest { File = Path.Combine(zoo.Directory, "none.cfg") };
        Assert.Contains(
            Assert.Throws<ConfigurationException>(() => ServerConfigurationLoader.Load(missing)).Problems,
            p => p.IsError && p.Key == "config" && p.What.Contains("cannot be read", StringComparison.Ordinal));
    }

    [Fact]
    public void A_setting_of_the_command_line_without_a_value_is_an_error()
    {
        using var zoo = Zoo.With(string.Empty);
        Assert.Equal("command line: --set = 'tickTime': it is not of the form key=value; write for example --set tickTime=2000", Assert.Single(zoo.Errors(["tickTime"])).ToString());
    }

    [Fact]
    public void A_missing_data_directory_and_id_are_told()
    {
        using var zoo = new Zoo(Zoo.Servers);
        Assert.Equal(
            ["dataDir: no data directory is given; set dataDir=/var/lib/grainkeeper or another directory that survives restarts",
             "id: nothing says which of the servers 1, 2, 3 this one is; give --id N, or write N into the file myid in dataDir"],
            zoo.Errors().Select(e => e.ToString()));
    }
}

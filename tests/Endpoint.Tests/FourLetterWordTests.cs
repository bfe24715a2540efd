using System.Collections.Frozen;
using System.Text;
using GrainKeeper.Core.Jute;
using GrainKeeper.Endpoint.Tests.Hosting;

namespace GrainKeeper.Endpoint.Tests;

/// <summary>Four-letter words over a real port.</summary>
public sealed class FourLetterWordTests
{
    [Fact]
    public async Task Words_outside_the_whitelist_are_refused_in_ZooKeepers_words()
    {
        await using var server = await EndpointServer.StartAsync(c => c with { FourLetterWords = FrozenSet.Create("srvr") });
        Assert.Equal("mntr is not executed because it is not in the whitelist.\n", await AskAsync(server, "mntr"));
        Assert.Equal("ruok is not executed because it is not in the whitelist.\n", await AskAsync(server, "ruok"));
        Assert.Contains("\nMode: standalone\n", await AskAsync(server, "srvr"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_word_answers_with_ZooKeepers_field_names_and_true_figures()
    {
        await using var server = await EndpointServer.StartAsync();
        await using var one = await WireClient.ConnectAsync(server.Port, 8_000);
        await using var two = await WireClient.ConnectAsync(server.Port, 8_000);
        await one.CreateAsync("/a", "12345"u8.ToArray());
        await one.CreateAsync("/a/e", [], flags: 1);
        await two.GetDataAsync("/a", watch: true);
        await two.GetDataAsync("/a/e", watch: true);
        var (first, second) = ($"0x{one.SessionId:x}", $"0x{two.SessionId:x}");

        Assert.Equal("imok", await AskAsync(server, "ruok"));
        Assert.Equal("rw", await AskAsync(server, "isro"));
        Assert.Equal("306", await AskAsync(server, "gtmk"));
        Assert.Equal("7", await AskAsync(server, "stmk", [0, 0, 0, 0, 0, 0, 0, 7]));
        Assert.Equal("7", await AskAsync(server, "gtmk"));
        Assert.Equal("\n", await AskAsync(server, "hash"));
        Assert.StartsWith("Environment:\nzookeeper.version=3.8.0-", await AskAsync(server, "envi"), StringComparison.Ordinal);
        Assert.Matches(@"^datadir_size: \d+\nlogdir_size: \d+\n$", await AskAsync(server, "dirs"));

        var conf = Fields(await AskAsync(server, "conf"), '=');
        Assert.Equal($"{server.Port}", conf["clientPort"]);
        Assert.Equal("-1", conf["secureClientPort"]);
        Assert.Equal(("1000", "2000", "20000"), (conf["tickTime"], conf["minSessionTimeout"], conf["maxSessionTimeout"]));
        Assert.Equal(("1", "0", "3"), (conf["serverId"], conf["peerType"], conf["electionAlg"]));
        Assert.EndsWith($":participant;0.0.0.0:{server.Port}", conf["server.1"], StringComparison.Ordinal);

        Assert.Equal("1 connections watching 2 paths\nTotal watches:2\n", await AskAsync(server, "wchs"));
        Assert.Equal($"{second}\n\t/a\n\t/a/e\n\n", await AskAsync(server, "wchc"));
        Assert.Equal($"/a\n\t{second}\n/a/e\n\t{second}\n\n", await AskAsync(server, "wchp"));

        var dump = await AskAsync(server, "dump");
        Assert.StartsWith("SessionTracker dump:\nGlobal Sessions(2):\n", dump, StringComparison.Ordinal);
        Assert.Contains($"{first}\t8000ms\n", dump, StringComparison.Ordinal);
        Assert.Contains($"ephemeral nodes dump:\nSessions with Ephemerals (1):\n{first}:\n\t/a/e\nConnections dump:\n", dump, StringComparison.Ordinal);
        Assert.Contains($"sessionId: {second}\n", dump, StringComparison.Ordinal);

        var mntr = Fields(await AskAsync(server, "mntr"), '\t');
        Assert.Equal("standalone", mntr["zk_server_state"]);
        Assert.Equal("leading - broadcast", mntr["zk_peer_state"]);
        Assert.Equal(("1", "2", "2", "3"), (mntr["zk_ephemerals_count"], mntr["zk_watch_count"], mntr["zk_global_sessions"], mntr["zk_num_alive_connections"]));
        Assert.Equal(("0", "0", "1"), (mntr["zk_outstanding_requests"], mntr["zk_synced_followers"], mntr["zk_quorum_size"]));
        Assert.Equal("7", mntr["zk_znode_count"]);
        Assert.True(long.Parse(mntr["zk_packets_received"], null) >= 6);
        Assert.True(long.Parse(mntr["zk_proposal_count"], null) >= 4);
        Assert.True(long.Parse(mntr["zk_max_latency"], null) >= long.Parse(mntr["zk_min_latency"], null));
    }

    [Fact]
    public async Task Connections_tell_their_session_their_last_operation_and_their_counts()
    {
        await using var server = await EndpointServer.StartAsync();
        await using var client = await WireClient.ConnectAsync(server.Port, 8_000);
        await client.CreateAsync("/a", []);
        await client.GetDataAsync("/a");
        var cons = await AskAsync(server, "cons");
        Assert.Matches(
            $@"(?m)^ /127\.0\.0\.1:\d+\[1\]\(queued=0,recved=3,sent=3,sid=0x{client.SessionId:x},lop=GETD,est=\d+,to=8000,lcxid=0x2,lzxid=0x[0-9a-f]+,lresp=\d+,llat=\d+,minlat=\d+,avglat=\d+,maxlat=\d+\)$",
            cons);

        var stat = await AskAsync(server, "stat");
        Assert.Matches(@"^Zookeeper version: 3\.8\.0-\S+, built on -\nClients:\n /127", stat);
        Assert.Matches(@"(?m)^ /127\.0\.0\.1:\d+\[1\]\(queued=0,recved=3,sent=3\)$", stat);
        Assert.Matches(@"\nLatency min/avg/max: \d+/\d+\.\d+/\d+\nReceived: \d+\nSent: \d+\nConnections: 2\nOutstanding: 0\nZxid: 0x[0-9a-f]+\nMode: standalone\nNode count: \d+\n$", stat);

        Assert.Equal("Connection stats reset.\n", await AskAsync(server, "crst"));
        Assert.Matches($"sent=0,sid=0x{client.SessionId:x},lop=NA,", await AskAsync(server, "cons"));
        Assert.Equal("Server stats reset.\n", await AskAsync(server, "srst"));
        Assert.Contains("\nLatency min/avg/max: 0/0.0/0\nReceived: 0\n", await AskAsync(server, "srvr"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_word_that_is_none_of_ZooKeepers_closes_the_connection()
    {
        await using var server = await EndpointServer.StartAsync();
        Assert.Equal(string.Empty, await AskAsync(server, "zzzz"));
        Assert.Equal("imok", await AskAsync(server, "ruok"));
    }

    [Fact]
    public async Task An_authentication_that_fails_is_counted()
    {
        await using var server = await EndpointServer.StartAsync();
        await using var client = await WireClient.ConnectAsync(server.Port);
        var (header, _) = await client.AskAsync(OpCode.Auth, w => new AuthPacket(0, "nonsense"u8, "x"u8).Write(w), ReservedXid.Auth);
        Assert.Equal((ErrorCode.AuthFailed, 0L), (header.Error, header.Zxid));
        await client.ClosedAsync();
        Assert.Equal("1", Fields(await AskAsync(server, "mntr"), '\t')["zk_auth_failed_count"]);
    }

    internal static async Task<string> AskAsync(EndpointServer server, string word, byte[]? more = null)
    {
        await using var client = await WireClient.DialAsync(server.Port);
        await client.SendAsync(Encoding.ASCII.GetBytes(word).Concat(more ?? []).ToArray());
        return await client.ReadTextAsync();
    }

    private static Dictionary<string, string> Fields(string text, char separator) => text
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(l => l.Split(separator, 2))
        .Where(f => f.Length == 2)
        .ToDictionary(f => f[0], f => f[1], StringComparer.Ordinal);
}

using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Silo.Tests;

/// <summary>The lines <c>server.N</c>, <c>weight.N</c> and <c>group.N</c>, and which server this is.</summary>
public sealed class ServerListTests
{
    [Theory]
    [InlineData("zoo1.example:2888:3888", "zoo1.example", 2888, 3888, MemberRole.Participant, null, null)]
    [InlineData("zoo1:2888:3888:participant;2181", "zoo1", 2888, 3888, MemberRole.Participant, null, 2181)]
    [InlineData("10.0.0.1:2888:3888:observer;10.0.0.2:2181", "10.0.0.1", 2888, 3888, MemberRole.Observer, "10.0.0.2", 2181)]
    [InlineData("[2001:db8::1]:2888:3888;[::1]:2181", "2001:db8::1", 2888, 3888, MemberRole.Participant, "::1", 2181)]
    [InlineData("0.0.0.0:1:65535", "0.0.0.0", 1, 65535, MemberRole.Participant, null, null)]
    public void A_server_line_is_read(string line, string host, int silo, int gateway, MemberRole role, string? clientAddress, int? clientPort)
    {
        using var zoo = new Zoo($"dataDir=/data\nid=2\nserver.1=x:5:6\nserver.2=y:5:6\nserver.3=z:5:6\nserver.9={line}\n");
        var server = zoo.Load().Servers.Single(s => s.Id.Value == 9);
        Assert.Equal((host, silo, gateway, role, clientAddress, clientPort), (server.Host, server.SiloPort, server.GatewayPort, server.Role, server.ClientAddress, server.ClientPort));
        Assert.Equal(line.Replace(":participant", string.Empty, StringComparison.Ordinal), server.ToString());
    }

    [Theory]
    [InlineData("zoo1", "the host is missing, or a '[' of an IPv6 address has no ']'")]
    [InlineData(":2888:3888", "the host is missing, or a '[' of an IPv6 address has no ']'")]
    [InlineData("[2001:db8::1:2888:3888", "the host is missing, or a '[' of an IPv6 address has no ']'")]
    [InlineData("zoo1:2888", "after the host two ports and at most a role are expected, not 1 fields")]
    [InlineData("2001:db8::1:2888:3888", "after the host two ports and at most a role are expected, not 5 fields")]
    [InlineData("zoo1:2888:70000", "port '70000' is not a number of 1 to 65535")]
    [InlineData("zoo1:x:3888", "port 'x' is not a number of 1 to 65535")]
    [InlineData("zoo1:2888:3888:leader", "role 'leader' is neither participant nor observer")]
    [InlineData("zoo1:2888:3888;", "'' after the ';' is not [host:]clientPort with a port of 1 to 65535")]
    [InlineData("zoo1:2888:3888;1;2", "more than one ';'")]
    [InlineData("zoo1:2888:3888|zoo2:2888:3888", "several addresses for one server (|) are not supported")]
    public void A_bad_server_line_is_explained(string line, string what)
    {
        using var zoo = Zoo.With($"server.9={line}\n");
        Assert.Equal(
            $"{zoo.File}:6: server.9 = '{line}': {what}; write server.N=host:siloPort:gatewayPort[:participant|observer][;[clientHost:]clientPort]",
            Assert.Single(zoo.Errors()).ToString());
    }

    [Fact]
    public void The_client_port_of_the_own_line_counts()
    {
        using var zoo = new Zoo("dataDir=/data\nserver.1=a:1:2;127.0.0.1:2181\nserver.2=b:1:2;2182\nserver.3=c:1:2\n");
        Assert.Equal((2181, "127.0.0.1"), (zoo.Load(id: 1).Clients.ClientPort, zoo.Load(id: 1).Clients.ClientAddress));
        Assert.Equal((2182, null), (zoo.Load(id: 2).Clients.ClientPort, zoo.Load(id: 2).Clients.ClientAddress));
        Assert.Null(zoo.Load(id: 3).Clients.ClientPort);
        Assert.Contains("the line server.1 says 2181", Assert.Single(zoo.Errors(["clientPort=9"], id: 1)).What, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_servers_cannot_share_a_port_of_a_host()
    {
        using var zoo = Zoo.With("server.4=A:12:13\n");
        Assert.Equal("the silo port of server 4, A:12, is also the gateway port of server 1", Assert.Single(zoo.Errors()).What);
    }

    [Fact]
    public void A_servers_own_ports_must_differ()
    {
        using var zoo = Zoo.With("clientPort=7\nadmin.serverPort=7\n");
        Assert.Equal("port 7 is also clientPort of this server", Assert.Single(zoo.Errors()).What);
    }

    [Fact]
    public void Weights_and_groups_make_the_quorum()
    {
        using var zoo = new Zoo(
            "dataDir=/data\nid=1\nserver.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2\nserver.4=d:1:2:observer\nweight.1=3\nweight.2=1\ngroup.1=1:2:3\n");
        var servers = zoo.Load().Servers;
        Assert.Equal([3, 1, 1, 1], servers.Select(s => s.Weight));
        Assert.Equal([1, 1, 1, null], servers.Select(s => s.Group));
        var quorum = zoo.Load().Quorum;
        Assert.Equal(3, quorum.Participants.Count);
    }

    [Fact]
    public void A_server_belongs_to_one_group_only()
    {
        using var zoo = Zoo.With("group.1=1:2\ngroup.2=2:3\n");
        Assert.Contains(zoo.Errors(), e => e.What == "server 2 already belongs to group 1");
    }

    [Fact]
    public void Observers_alone_are_no_ensemble()
    {
        using var zoo = new Zoo("dataDir=/data\nid=1\nserver.1=a:1:2:observer\n");
        Assert.Equal("server.N", Assert.Single(zoo.Errors()).Key);
    }

    [Fact]
    public void Two_voting_servers_deserve_a_warning()
    {
        using var zoo = new Zoo("dataDir=/data\nid=1\nserver.1=a:1:2\nserver.2=b:1:2\n");
        Assert.Contains(zoo.Load().Warnings, w => w.What == "two voting servers survive no failure: both are needed for a quorum");
    }

    [Fact]
    public void Without_server_lines_there_is_one_server()
    {
        using var zoo = new Zoo("dataDir=/data\nclientPort=2181\n");
        var configuration = zoo.Load();
        Assert.Equal("127.0.0.1:2888:3888", Assert.Single(configuration.Servers).ToString());
        Assert.Equal(1, configuration.Self.Value);
        Assert.Contains(configuration.Warnings, w => w.Key == "server.N");
    }

    [Fact]
    public void The_file_myid_says_who_this_is_unless_something_stronger_does()
    {
        using var zoo = new Zoo(string.Empty);
        File.WriteAllText(zoo.File, $"dataDir={zoo.Directory}\n{Zoo.Servers}");
        var myid = Path.Combine(zoo.Directory, "myid");
        File.WriteAllText(myid, " 2\n");
        Assert.Equal(2, zoo.Load().Self.Value);
        Assert.Equal(3, zoo.Load(id: 3).Self.Value);
        File.WriteAllText(myid, "two");
        Assert.Equal($"{myid}: myid = 'two': must be a whole number of 1 to 255; use one of 1, 2, 3", Assert.Single(zoo.Errors()).ToString());
    }

    [Fact]
    public void The_server_lines_can_stand_in_a_dynamic_file()
    {
        using var dynamic = new Zoo("server.1=a:1:2:participant;2181\nserver.2=b:1:2:participant;2181\nserver.3=c:1:2:participant;2181\nversion=100000000\n", "zoo.cfg.dynamic");
        using var zoo = new Zoo($"dataDir=/data\nid=2\ndynamicConfigFile={dynamic.File}\n");
        Assert.Equal(["a:1:2;2181", "b:1:2;2181", "c:1:2;2181"], zoo.Load().Servers.Select(s => s.ToString()));
    }
}

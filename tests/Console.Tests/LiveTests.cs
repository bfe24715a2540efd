using GrainKeeper.Console.Live;
using GrainKeeper.Contracts.Servers;

namespace GrainKeeper.Console.Tests;

public sealed class LiveTests
{
    [Theory]
    [InlineData(0x100000005, 0x100000007, 2L)]
    [InlineData(0x100000009, 0x100000007, 0L)]
    [InlineData(0x100000005, 0x200000001, null)]
    public void The_lag_is_counted_within_an_epoch(long mine, long leaders, long? lag) => Assert.Equal(lag, ServerRow.LagOf(Status(mine), Status(leaders)));

    [Fact]
    public void Without_a_leader_nobody_knows_the_lag() => Assert.Null(ServerRow.LagOf(Status(1), null));

    [Fact]
    public void The_answer_of_a_ZooKeeper_port_is_read()
    {
        var answer = "Zookeeper version: 3.8\nLatency min/avg/max: 0/0.3415/27\nReceived: 1234\nSent: 1300\nConnections: 2\nMode: leader\n";
        Assert.Equal(new ServerProbe(1234, 0.3415, 27), ServerProbe.Parse(answer));
        Assert.Null(ServerProbe.Parse("srvr is not executed because it is not in the whitelist.\n"));
        Assert.Null(ServerProbe.Parse("Latency min/avg/max: 0/x/27\nReceived: 1234\n"));
    }

    private static ServerStatus Status(long committed) => new() { Tree = "root", Server = 1, LastCommitted = committed };
}

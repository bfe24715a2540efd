using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;
using static GrainKeeper.Core.Tests.Zab.TxnText;

namespace GrainKeeper.Core.Tests.Zab;

public class ZabEnsembleTests
{
    [Fact]
    public void Three_servers_elect_synchronize_and_commit_in_order()
    {
        var net = new ZabNetwork(3).StartAll();
        var leader = net.Lead(3);
        Assert.Equal(new Epoch(1), leader.Peer.CurrentEpoch);

        leader.Propose("a");
        leader.Propose("b");
        net.Settle();

        net.DemandAgreement();
        Assert.Equal(["a", "b"], net[1].Application.Applied.Select(Text));
        Assert.Equal(Z(1, 2), net[2].Peer.LastCommitted);
        Assert.Equal(0, leader.Peer.OutstandingCount);
        Assert.Equal(["Following/Discovery", "Following/Synchronization", "Following/Broadcast"], net[1].Application.Events);
        Assert.Equal(
            ["Leading/Discovery", "Leading/Synchronization", "Leading/Broadcast", "joined 1", "joined 2"], leader.Application.Events);
    }
}

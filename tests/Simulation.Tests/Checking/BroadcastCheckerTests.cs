using GrainKeeper.Core;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;
using GrainKeeper.Simulation.Checking;

namespace GrainKeeper.Simulation.Tests.Checking;

/// <summary>Each property of ZAB is shown to be judged: a right history passes, a doctored one fails with the property's name.</summary>
public sealed class BroadcastCheckerTests
{
    private readonly FakeServer[] _servers = [new(1), new(2), new(3)];
    private readonly BroadcastChecker _checker = new(
        new EventLoop(), new QuorumConfiguration(Zxid.Zero, [.. Enumerable.Range(1, 3).Select(i => new Member(new ServerId(i), MemberRole.Participant))]));

    public BroadcastCheckerTests()
    {
        _checker.Disks = _servers;
        foreach (var server in _servers)
        {
            _checker.Started(server);
        }
    }

    private FakeServer Leader => _servers[0];

    private FakeServer Follower => _servers[1];

    private FakeServer Third => _servers[2];

    [Fact]
    public void A_right_history_passes()
    {
        Establish();
        Commit(Leader, One);
        Commit(Leader, Two);
        Step(Follower, ZabRole.Following, 1, Z(1, 2));
        Assert.Equal([Z(1, 1), Z(1, 2)], _checker.Sequence.Select(c => c.Txn.Zxid));
    }

    [Fact]
    public void Integrity_a_transaction_that_nobody_proposed_is_found()
    {
        Establish();
        Violates("primary integrity", () => Step(Follower, ZabRole.Following, 1, Zxid.Zero, Follower.Append(One)));
    }

    [Fact]
    public void Integrity_other_bytes_than_proposed_are_found()
    {
        Establish();
        Step(Leader, ZabRole.Leading, 1, Zxid.Zero, Leader.Append(One));
        Violates("integrity", () => Step(Follower, ZabRole.Following, 1, Zxid.Zero, Follower.Append(T(1, 1, "other"))));
    }

    [Fact]
    public void Total_order_a_log_with_another_predecessor_is_found()
    {
        Establish();
        Commit(Leader, One);
        Commit(Leader, Two);
        Reestablish(2);
        Step(Leader, ZabRole.Leading, 2, Z(1, 2), Leader.Append(T(2, 1)));
        Violates("total order", () => Step(Third, ZabRole.Following, 2, Zxid.Zero, Third.Append(T(2, 1))));
    }

    [Fact]
    public void Local_primary_order_a_gap_is_found()
    {
        Establish();
        Violates("local primary order", () => Step(Leader, ZabRole.Leading, 1, Zxid.Zero, Leader.Append(Two)));
    }

    [Fact]
    public void Global_primary_order_a_transaction_of_an_earlier_epoch_after_a_later_one_is_found()
    {
        Establish();
        Commit(Leader, One);
        Reestablish(2);
        Step(Follower, ZabRole.Following, 2, Z(1, 1));
        Commit(Leader, T(2, 1));
        Violates("local primary order", () => Step(Leader, ZabRole.Leading, 2, Z(2, 1), Leader.Append(Two)));
    }

    [Fact]
    public void Agreement_a_commit_of_what_is_not_in_the_log_is_found()
    {
        Establish();
        Commit(Leader, One);
        Violates("agreement", () => Step(Third, ZabRole.Following, 1, Z(1, 1)));
    }

    [Fact]
    public void Agreement_a_commit_that_passes_over_a_committed_transaction_is_found()
    {
        Establish();
        Commit(Leader, One);
        Third.Promise(2).Enter(2).Store(T(2, 1));
        Follower.Promise(2).Enter(2);
        Leader.Promise(2).Enter(2);
        Violates("leader has all committed", () => Step(Third, ZabRole.Leading, 2, Zxid.Zero));
    }

    [Fact]
    public void Two_leaders_of_one_epoch_are_found()
    {
        Establish();
        Violates("one leader per epoch", () => Step(Follower, ZabRole.Leading, 1, Zxid.Zero));
    }

    [Fact]
    public void A_leader_that_serves_before_a_quorum_has_its_epoch_durable_is_found()
    {
        Leader.Promise(1).Enter(1);
        Follower.Promise(1);
        Violates("epoch durable before serving", () => Step(Leader, ZabRole.Leading, 1, Zxid.Zero));
    }

    [Fact]
    public void A_leader_that_ends_discovery_before_promises_are_durable_is_found()
    {
        Leader.Promise(1);
        Violates("promises are durable", () => _checker.Stepped(Leader, Leader.Be(ZabRole.Leading, ZabPhase.Synchronization, 1, Zxid.Zero), []));
    }

    [Fact]
    public void A_commit_before_a_quorum_is_durable_is_found()
    {
        Establish();
        Leader.Store(One);
        Violates("committed is durable", () => Step(Leader, ZabRole.Leading, 1, Z(1, 1), Leader.Append(One)));
    }

    [Fact]
    public void A_commit_that_falls_is_found()
    {
        Establish();
        Commit(Leader, One);
        Violates("commits never fall", () => Step(Leader, ZabRole.Leading, 1, Zxid.Zero));
    }

    [Fact]
    public void A_truncation_of_something_committed_is_found()
    {
        Establish();
        Commit(Leader, One);
        Violates("committed is never cut", () => Step(Follower, ZabRole.Following, 1, Zxid.Zero, Follower.Truncate(Zxid.Zero)));
    }

    [Fact]
    public void A_disk_that_loses_something_committed_is_found()
    {
        Establish();
        Commit(Leader, One);
        Follower.Image.Truncate(Zxid.Zero);
        Violates("committed is durable", () => _checker.DiskChanged(Follower, _servers));
    }

    [Fact]
    public void An_epoch_that_falls_is_found()
    {
        Establish();
        Leader.Image.CurrentEpoch = default;
        _checker.DiskChanged(Follower, _servers);
        Follower.Image.AcceptedEpoch = default;
        Violates("epochs", () => _checker.DiskChanged(Follower, _servers));
    }

    [Fact]
    public void A_server_that_serves_uncommitted_state_is_found()
    {
        Establish();
        Violates("serves what is committed", () => _checker.Stepped(
            Follower, Follower.Be(ZabRole.Following, ZabPhase.Broadcast, 1, Zxid.Zero, applied: Z(1, 1)), []));
    }

    [Fact]
    public void A_follower_that_serves_before_it_has_what_was_committed_before_its_epoch_is_found()
    {
        Establish();
        Commit(Leader, One);
        Reestablish(2);
        Violates("serves what is committed", () => Step(Third, ZabRole.Following, 2, Zxid.Zero));
    }

    [Fact]
    public void A_disk_token_used_twice_is_found()
    {
        Establish();
        var append = Leader.Append(One);
        Step(Leader, ZabRole.Leading, 1, Zxid.Zero, append);
        Violates("disk tokens grow", () => Step(Leader, ZabRole.Leading, 1, Zxid.Zero, append));
    }

    private static Txn One => T(1, 1);

    private static Txn Two => T(1, 2);

    private static Zxid Z(int epoch, uint counter) => Zxid.Of(new Epoch(epoch), counter);

    private static Txn T(int epoch, uint counter, string bytes = "bytes") => new(Z(epoch, counter), TxnKind.Application, System.Text.Encoding.ASCII.GetBytes(bytes));

    private static void Violates(string property, Action action) =>
        Assert.Equal(property, Assert.Throws<PropertyViolatedException>(action).Property);

    private void Establish() => Reestablish(1);

    private void Reestablish(int epoch)
    {
        foreach (var server in new[] { Leader, Follower })
        {
            server.Promise(epoch).Enter(epoch);
            _checker.DiskChanged(server, _servers);
        }

        Step(Leader, ZabRole.Leading, epoch, _checker.LastCommitted);
    }

    private void Commit(FakeServer leader, Txn txn)
    {
        Step(leader, ZabRole.Leading, txn.Zxid.Epoch.Value, _checker.LastCommitted, leader.Append(txn));
        Step(Follower, ZabRole.Following, txn.Zxid.Epoch.Value, Follower.Status.LastCommitted, Follower.Append(txn));
        leader.Store(txn);
        Follower.Store(txn);
        Step(leader, ZabRole.Leading, txn.Zxid.Epoch.Value, txn.Zxid);
    }

    private void Step(FakeServer server, ZabRole role, int epoch, Zxid committed, params Effect[] effects) =>
        _checker.Stepped(server, server.Be(role, ZabPhase.Broadcast, epoch, committed), effects);
}

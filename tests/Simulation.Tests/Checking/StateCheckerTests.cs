using GrainKeeper.Core.Quorum;
using GrainKeeper.Simulation.Checking;
using GrainKeeper.Simulation.Clients;
using GrainKeeper.Simulation.Model;

namespace GrainKeeper.Simulation.Tests.Checking;

public sealed class StateCheckerTests
{
    private static readonly Zxid _one = new(1);

    [Fact]
    public void Equal_states_pass()
    {
        var checker = new StateChecker(null, new CommitRecordChecker(), new TreeTransactionChecker());
        checker.Check(new ServerId(1), _one, [Node("/a", 1), StateFact.OfSession(5, 1_000)]);
        checker.Check(new ServerId(2), _one, [StateFact.OfSession(5, 1_000), Node("/a", 1)]);
        Assert.Equal(2, checker.Compared);
    }

    [Fact]
    public void A_server_with_another_value_is_found() => Differ([Node("/a", 1)], [Node("/a", 2)]);

    [Fact]
    public void A_server_with_another_stat_is_found() => Differ([Node("/a", 1)], [Node("/a", 1, version: 1)]);

    [Fact]
    public void A_server_that_lacks_a_node_is_found() => Differ([Node("/a", 1), Node("/b", 1)], [Node("/a", 1)]);

    [Fact]
    public void A_server_that_lacks_a_session_is_found() => Differ([StateFact.OfSession(5, 1_000)], []);

    [Fact]
    public void Other_states_after_other_transactions_are_fine()
    {
        var checker = new StateChecker(null, new CommitRecordChecker(), new TreeTransactionChecker());
        checker.Check(new ServerId(1), _one, [Node("/a", 1)]);
        checker.Check(new ServerId(2), new Zxid(2), [Node("/a", 2)]);
        Assert.Equal(2, checker.Compared);
    }

    [Fact]
    public void An_ephemeral_node_without_its_session_is_found()
    {
        var checker = new StateChecker(null, new CommitRecordChecker(), new TreeTransactionChecker());
        checker.Check(new ServerId(1), _one, [Node("/e", 1, owner: 5), StateFact.OfSession(5, 1_000)]);
        Violates("ephemerals go with their session", () => checker.Check(new ServerId(1), _one, [Node("/e", 1, owner: 5), StateFact.OfSession(6, 1_000)]));
    }

    [Fact]
    public void A_state_that_is_not_the_models_is_found()
    {
        var model = new TreeModel();
        model.OpenSession(_one, 5, 1_000);
        new StateChecker(model, new CommitRecordChecker(), new TreeTransactionChecker()).Check(new ServerId(1), _one, [StateFact.OfSession(5, 1_000)]);
        Violates("equal states", () => new StateChecker(model, new CommitRecordChecker(), new TreeTransactionChecker()).Check(new ServerId(1), _one, [StateFact.OfSession(5, 2_000)]));
        Violates("equal states", () => new StateChecker(model, new CommitRecordChecker(), new TreeTransactionChecker()).Check(new ServerId(1), _one, []));
        Violates("equal states", () => new StateChecker(model, new CommitRecordChecker(), new TreeTransactionChecker()).Check(new ServerId(1), _one, [StateFact.OfSession(5, 1_000), Node("/a", 1)]));
    }

    private static void Differ(StateFact[] one, StateFact[] other)
    {
        var checker = new StateChecker(null, new CommitRecordChecker(), new TreeTransactionChecker());
        checker.Check(new ServerId(1), _one, one);
        Violates("equal states", () => checker.Check(new ServerId(2), _one, other));
    }

    private static StateFact Node(string path, long value, int version = 0, long owner = 0) =>
        new(path, new NodeStat(1, 1, 0, 0, version, 0, 0, owner, 8, 0, 1), value);

    private static void Violates(string property, Action action) =>
        Assert.Equal(property, Assert.Throws<PropertyViolatedException>(action).Property);
}

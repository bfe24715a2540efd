using GrainKeeper.Core.Quorum;
using GrainKeeper.Simulation.Checking;

namespace GrainKeeper.Simulation.Tests.Checking;

public sealed class QuorumRuleTests
{
    [Fact]
    public void More_than_half_of_the_weight_is_a_quorum_and_observers_do_not_count()
    {
        var rule = new QuorumRule([Voter(1), Voter(2), Voter(3), new Member(new ServerId(4), MemberRole.Observer)]);
        Assert.False(rule.IsQuorum(Ids(1)));
        Assert.False(rule.IsQuorum(Ids(1, 4)));
        Assert.True(rule.IsQuorum(Ids(1, 3)));
        var even = new QuorumRule([Voter(1), Voter(2), Voter(3), Voter(4)]);
        Assert.False(even.IsQuorum(Ids(1, 2)));
        Assert.True(even.IsQuorum(Ids(1, 2, 4)));
        var weighted = new QuorumRule([Voter(1, weight: 3), Voter(2), Voter(3), Voter(4, weight: 0)]);
        Assert.True(weighted.IsQuorum(Ids(1)));
        Assert.False(weighted.IsQuorum(Ids(2, 3, 4)));
    }

    [Fact]
    public void With_groups_more_than_half_of_those_with_any_weight_must_be_won()
    {
        var rule = new QuorumRule([Voter(1, group: 1), Voter(2, group: 1), Voter(3, group: 2), Voter(4, group: 3), Voter(5, weight: 0, group: 4)]);
        Assert.True(rule.IsQuorum(Ids(1, 2, 3)));
        Assert.True(rule.IsQuorum(Ids(3, 4)));
        Assert.False(rule.IsQuorum(Ids(1, 3)));
        Assert.False(rule.IsQuorum(Ids(1, 2, 5)));
    }

    [Fact]
    public void The_core_has_the_same_rule()
    {
        var random = new Random(1);
        for (var i = 0; i < 2_000; i++)
        {
            var grouped = random.Next(2) == 0;
            var members = Enumerable.Range(1, random.Next(1, 8))
                .Select(id => Voter(id, random.Next(4), grouped ? random.Next(3) : null))
                .ToList();
            if (members.Sum(m => m.Weight) == 0)
            {
                continue;
            }

            var servers = members.Where(_ => random.Next(2) == 0).Select(m => m.Id).ToList();
            Assert.Equal(new QuorumConfiguration(Zxid.Zero, members).IsQuorum(servers), new QuorumRule(members).IsQuorum(servers));
        }
    }

    private static Member Voter(int id, int weight = 1, int? group = null) => new(new ServerId(id), MemberRole.Participant, weight, group);

    private static ServerId[] Ids(params int[] ids) => [.. ids.Select(i => new ServerId(i))];
}

using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Tests.Quorum;

public sealed class QuorumConfigurationTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(4, 3)]
    [InlineData(5, 3)]
    [InlineData(255, 128)]
    public void A_majority_of_equal_participants_is_a_quorum(int participants, int needed)
    {
        var configuration = Of(Enumerable.Range(1, participants).Select(id => Voter(id)));
        Assert.True(configuration.IsQuorum(Ids(Enumerable.Range(1, needed))));
        Assert.False(configuration.IsQuorum(Ids(Enumerable.Range(1, needed - 1))));
    }

    [Fact]
    public void Observers_strangers_and_repeated_ids_do_not_count()
    {
        var configuration = Of([Voter(1), Voter(2), Voter(3), new Member(new ServerId(4), MemberRole.Observer)]);
        Assert.False(configuration.IsQuorum(Ids([1, 4, 9])));
        Assert.False(configuration.IsQuorum(Ids([1, 1])));
        Assert.True(configuration.IsQuorum(Ids([1, 2, 4])));
        Assert.Equal((1, 0, 0), (configuration.WeightOf(new ServerId(1)), configuration.WeightOf(new ServerId(4)), configuration.WeightOf(new ServerId(9))));
        Assert.Equal(Ids([1, 2, 3]), configuration.Participants);
        Assert.Equal(Ids([4]), configuration.Observers);
    }

    [Fact]
    public void A_quorum_weighs_more_than_half()
    {
        var configuration = Of([Voter(1, 3), Voter(2), Voter(3), Voter(4), Voter(5, 0)]);
        Assert.False(configuration.IsQuorum(Ids([2, 3, 4, 5])));
        Assert.False(configuration.IsQuorum(Ids([1, 5])));
        Assert.True(configuration.IsQuorum(Ids([1, 2])));
    }

    [Fact]
    public void Weights_do_not_overflow()
    {
        var configuration = Of([Voter(1, int.MaxValue), Voter(2, int.MaxValue), Voter(3, int.MaxValue)]);
        Assert.False(configuration.IsQuorum(Ids([1])));
        Assert.True(configuration.IsQuorum(Ids([1, 3])));
    }

    [Fact]
    public void With_groups_a_quorum_is_a_majority_in_each_of_a_majority_of_the_groups_that_weigh_something()
    {
        var configuration = Of(
        [
            Voter(1, group: 1), Voter(2, group: 1), Voter(3, group: 1),
            Voter(4, group: 2), Voter(5, group: 2), Voter(6, group: 2),
            Voter(7, group: 3), Voter(8, group: 3), Voter(9, group: 3),
            Voter(10, 0, group: 4), new Member(new ServerId(11), MemberRole.Observer, 1, 5),
        ]);
        Assert.True(configuration.IsQuorum(Ids([1, 2, 5, 6])));
        Assert.False(configuration.IsQuorum(Ids([1, 2, 3, 4, 7])));
        Assert.False(configuration.IsQuorum(Ids([1, 2, 3, 4, 7, 10, 11])));
        Assert.True(configuration.IsQuorum(Ids([4, 5, 8, 9])));
    }

    [Fact]
    public void Any_two_quorums_share_a_server_of_weight()
    {
        var random = new Random(1);
        for (var run = 0; run < 300; run++)
        {
            var groups = random.Next(2) == 0 ? (int?)null : random.Next(1, 4);
            var members = Enumerable.Range(1, random.Next(1, 9)).Select(id => Voter(id, random.Next(4), groups is null ? null : random.Next(groups.Value))).ToList();
            if (members.All(m => m.Weight == 0))
            {
                continue;
            }

            var configuration = Of(members);
            Assert.True(configuration.IsQuorum(Ids(members.Select(m => m.Id.Value))));
            for (var set = 0; set < 1 << members.Count; set++)
            {
                var inside = members.Where((_, i) => (set >> i & 1) == 1).Select(m => m.Id).ToList();
                var outside = members.Where((_, i) => (set >> i & 1) == 0).Select(m => m.Id).ToList();
                Assert.False(configuration.IsQuorum(inside) && configuration.IsQuorum(outside));
            }
        }
    }

    [Fact]
    public void Configurations_without_sense_are_refused()
    {
        AssertRefused("twice", Voter(1), Voter(1));
        AssertRefused("outside 1..255", Voter(0));
        AssertRefused("outside 1..255", Voter(256));
        AssertRefused("negative weight", Voter(1, -1));
        AssertRefused("no quorum could ever form", Voter(1, 0));
        AssertRefused("no quorum could ever form", new Member(new ServerId(1), MemberRole.Observer));
        AssertRefused("give every participant a group", Voter(1, group: 1), Voter(2));
    }

    private static void AssertRefused(string why, params Member[] members) =>
        Assert.Contains(why, Assert.Throws<ArgumentException>(() => Of(members)).Message, StringComparison.Ordinal);

    private static QuorumConfiguration Of(IEnumerable<Member> members) => new(Zxid.Zero, members);

    private static Member Voter(int id, int weight = 1, int? group = null) => new(new ServerId(id), MemberRole.Participant, weight, group);

    private static ServerId[] Ids(IEnumerable<int> ids) => [.. ids.Select(id => new ServerId(id))];
}

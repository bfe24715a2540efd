using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Tests.Quorum;

public sealed class MembershipTextTests
{
    private const string Weighted =
        "server.1=a:1:2:participant;0.0.0.0:3\nserver.2=[::1]:1:2:participant\nserver.3=c:1:2:observer;127.0.0.1:4\ngroup.1=1:2:3\nweight.2=3";

    [Fact]
    public void A_list_with_groups_and_weights_is_read_as_it_was_written()
    {
        var list = MembershipText.Parse(Weighted + "\nversion=1f");
        Assert.Equal((new Zxid(0x1f), Weighted), (list.Version, MembershipText.Of(list.Servers)));
        Assert.Equal(Weighted + "\nversion=1f", MembershipText.Of(list.Servers, list.Version));
        Assert.Equal([1, 3, 1], list.Servers.Select(s => s.Weight));
        Assert.True(list.ToQuorum().IsQuorum([new ServerId(2)]));
    }

    [Fact]
    public void Groups_and_weights_stay_when_the_text_names_none()
    {
        var known = MembershipText.Parse(Weighted).Servers;
        var list = MembershipText.Parse("server.2=[::1]:1:2\nserver.9=d:1:2", known);
        Assert.Equal([(2, 3, (int?)1), (9, 1, null)], list.Servers.Select(s => (s.Id.Value, s.Weight, s.Group)));
    }

    [Theory]
    [InlineData("server.1")]
    [InlineData("server.0=a:1:2")]
    [InlineData("server.1=a:1")]
    [InlineData("server.1=a:1:2\nserver.1=a:1:2")]
    [InlineData("server.1=a:1:2\nversion=x")]
    [InlineData("server.1=a:1:2\nversion=-1")]
    [InlineData("server.1=a:1:2\nweight.2=1")]
    [InlineData("server.1=a:1:2\nweight.1=1001")]
    [InlineData("server.1=a:1:2\ngroup.1=1:2")]
    [InlineData("server.1=a:1:2\ngroup.1=1\ngroup.2=1")]
    [InlineData("tickTime=2000")]
    public void What_is_no_list_is_refused(string text) => Assert.Throws<FormatException>(() => MembershipText.Parse(text));
}

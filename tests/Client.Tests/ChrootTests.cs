using System.Text;
using GrainKeeper.Client.Sessions;

namespace GrainKeeper.Client.Tests;

public sealed class ChrootTests
{
    [Theory]
    [InlineData("", "/", "/")]
    [InlineData("", "/a/b", "/a/b")]
    [InlineData("/app", "/", "/app")]
    [InlineData("/app", "/a", "/app/a")]
    [InlineData("/app/x", "/ü", "/app/x/ü")]
    public void Paths_go_to_the_server_and_come_back(string chroot, string client, string server)
    {
        var mapping = new Chroot(chroot);
        Assert.Equal(server, Encoding.UTF8.GetString(mapping.ToServer(client)));
        Assert.Equal(client, mapping.FromServer(Encoding.UTF8.GetBytes(server)));
    }

    [Fact]
    public void A_path_outside_of_the_chroot_stays_as_it_is()
    {
        var mapping = new Chroot("/app");
        Assert.Equal("/other", mapping.FromServer("/other"u8));
        Assert.Equal("/apple/x", mapping.FromServer("/apple/x"u8));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("/a/")]
    [InlineData("//")]
    [InlineData("/a/../b")]
    [InlineData("/a\u0001")]
    public void Paths_that_no_server_accepts_are_refused_here(string path) =>
        Assert.Contains(path, Assert.Throws<ArgumentException>(() => new Chroot("/app").ToServer(path)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_sequential_node_may_have_no_name_but_its_number()
    {
        Assert.Equal("/app/"u8, new Chroot("/app").ToServer("/", sequential: true));
        Assert.Equal("/app/a/"u8, new Chroot("/app").ToServer("/a/", sequential: true));
    }
}

namespace GrainKeeper.Client.Tests;

public sealed class ConnectStringTests
{
    [Theory]
    [InlineData("localhost:3888", "localhost:3888", "")]
    [InlineData("localhost", "localhost:3888", "")]
    [InlineData("a:1,b:2, c:3", "a:1,b:2,c:3", "")]
    [InlineData("a:1,b:2/app", "a:1,b:2", "/app")]
    [InlineData("a:1/app/part", "a:1", "/app/part")]
    [InlineData("a:1/", "a:1", "")]
    [InlineData("[::1]:30001,10.0.0.1:65535/x", "[::1]:30001,10.0.0.1:65535", "/x")]
    [InlineData("[fe80::1]", "[fe80::1]:3888", "")]
    public void Servers_and_chroot_are_read(string text, string servers, string chroot)
    {
        var parsed = ConnectString.Parse(text);
        Assert.Equal((servers, chroot), (string.Join(',', parsed.Servers), parsed.Chroot));
        Assert.Equal(parsed.ToString(), ConnectString.Parse(parsed.ToString()).ToString());
    }

    [Theory]
    [InlineData("", "names no host")]
    [InlineData("/app", "names no host")]
    [InlineData("a:1,,b:2", "names no host")]
    [InlineData("a b:1", "names no host")]
    [InlineData(":1", "names no host")]
    [InlineData("a:", "is no port")]
    [InlineData("a:0", "is no port")]
    [InlineData("a:65536", "is no port")]
    [InlineData("a:-1", "is no port")]
    [InlineData("a:1x", "is no port")]
    [InlineData("::1:3888", "[address]:port")]
    [InlineData("[::1", "[address]:port")]
    [InlineData("[::1]3888", "[address]:port")]
    [InlineData("a:1,a:1", "listed twice")]
    [InlineData("a:1/app/", "must not end with a slash")]
    [InlineData("a:1//app", "empty segment")]
    [InlineData("a:1/app/..", "relative segment")]
    public void Other_texts_are_refused_with_the_part_that_is_wrong(string text, string why) =>
        Assert.Contains(why, Assert.Throws<FormatException>(() => ConnectString.Parse(text)).Message, StringComparison.Ordinal);
}

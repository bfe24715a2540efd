using GrainKeeper.Core.Requests;

namespace GrainKeeper.Core.Tests.Requests;

public class IpRangeTests
{
    [Theory]
    [InlineData("10.0.0.1", "10.0.0.1", true)]
    [InlineData("10.0.0.2", "10.0.0.1", false)]
    [InlineData("10.1.200.3", "10.1.0.0/16", true)]
    [InlineData("10.2.200.3", "10.1.0.0/16", false)]
    [InlineData("192.168.1.129", "192.168.1.128/25", true)]
    [InlineData("192.168.1.127", "192.168.1.128/25", false)]
    [InlineData("1.2.3.4", "0.0.0.0/0", true)]
    [InlineData("::1", "0.0.0.0/0", false)]
    [InlineData("2001:db8::7", "2001:db8::/32", true)]
    [InlineData("2001:db9::7", "2001:db8::/32", false)]
    [InlineData("::ffff:10.0.0.1", "10.0.0.0/8", true)]
    public void An_address_matches_by_its_leading_bits(string address, string range, bool matches) =>
        Assert.Equal(matches, IpRange.Matches(address, range));

    [Theory]
    [InlineData("")]
    [InlineData("10.1")]
    [InlineData("10.0.0.256")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/8x")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("fe80::1%eth0")]
    [InlineData("::/129")]
    [InlineData("host")]
    public void What_is_no_range_is_refused(string range) => Assert.False(IpRange.TryParse(range, out _, out _));
}

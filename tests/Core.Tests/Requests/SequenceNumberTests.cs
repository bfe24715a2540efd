using System.Text;
using GrainKeeper.Core.Requests;

namespace GrainKeeper.Core.Tests.Requests;

public class SequenceNumberTests
{
    [Theory]
    [InlineData(0, "/a/n-0000000000")]
    [InlineData(42, "/a/n-0000000042")]
    [InlineData(int.MaxValue, "/a/n-2147483647")]
    [InlineData(-5, "/a/n--000000005")]
    [InlineData(int.MinValue, "/a/n--2147483648")]
    public void A_number_takes_ten_characters_with_its_sign_as_Java_formats_it(int number, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(SequenceNumber.Append("/a/n-"u8, number)));
}

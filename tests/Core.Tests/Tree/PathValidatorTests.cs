using System.Text;
using CsCheck;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Tests.Tree;

public class PathValidatorTests
{
    [Theory]
    [InlineData("", PathRule.Empty, 0)]
    [InlineData("a", PathRule.NotAbsolute, 0)]
    [InlineData("/a/", PathRule.TrailingSlash, 2)]
    [InlineData("//", PathRule.EmptySegment, 1)]
    [InlineData("/a//b", PathRule.EmptySegment, 3)]
    [InlineData("/a/./b", PathRule.RelativeSegment, 3)]
    [InlineData("/a/..", PathRule.RelativeSegment, 4)]
    [InlineData("/.", PathRule.RelativeSegment, 1)]
    [InlineData("/ü\u0000", PathRule.NullCharacter, 2)]
    [InlineData("/\u0001", PathRule.InvalidCharacter, 1)]
    [InlineData("/a\u007f", PathRule.InvalidCharacter, 2)]
    [InlineData("/üü\u009f", PathRule.InvalidCharacter, 3)]
    [InlineData("/\ue000", PathRule.InvalidCharacter, 1)]
    [InlineData("/\ufff0", PathRule.InvalidCharacter, 1)]
    [InlineData("/a😀", PathRule.InvalidCharacter, 2)]
    public void A_bad_path_is_refused_with_the_rule_and_the_place(string path, PathRule rule, int position)
    {
        var problem = PathValidator.Check(Encoding.UTF8.GetBytes(path));

        Assert.Equal(new PathProblem(rule, position), problem);
        Assert.False(problem.IsNone);
        Assert.Contains("path", problem.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/a")]
    [InlineData("/a/b c/ü€/...")]
    [InlineData("/.a/b./a..b/..c")]
    [InlineData("/\uf900\uffef")]
    public void A_good_path_passes(string path) => Assert.True(PathValidator.Check(Encoding.UTF8.GetBytes(path)).IsNone);

    [Theory]
    [InlineData("/")]
    [InlineData("/a/")]
    [InlineData("/a/.")]
    [InlineData("/a/lock-")]
    public void A_sequential_path_may_end_where_its_number_will_come(string path) =>
        Assert.True(PathValidator.Check(Encoding.UTF8.GetBytes(path), sequential: true).IsNone);

    [Fact]
    public void Bytes_that_are_not_UTF8_are_refused()
    {
        Assert.Equal(new PathProblem(PathRule.InvalidCharacter, 2), PathValidator.Check([(byte)'/', (byte)'a', 0xff]));
        Assert.Equal(PathRule.InvalidCharacter, PathValidator.Check([(byte)'/', 0xed, 0xa0, 0x80]).Rule);
        Assert.Equal(PathRule.InvalidCharacter, PathValidator.Check([(byte)'/', 0xc0, 0xaf]).Rule);
        Assert.Equal(PathRule.InvalidCharacter, PathValidator.Check([(byte)'/', 0xe2, 0x82]).Rule);
    }

    [Fact]
    public void It_agrees_with_ZooKeepers_rules_on_any_text()
    {
        var character = Gen.OneOf(
            '/', '/', '/', '.', '.', '.', 'a', 'a', '\0', '\u001f', ' ', '\u007e', '\u007f', '\u009f', '\u00a0', '\ud7ff', '\ue000', '\uf8ff', '\uf900', '\uffef', '\uffff');
        Gen.Select(character.Array[0, 8], Gen.Bool).Sample(
            (characters, sequential) =>
            {
                var path = "/" + new string(characters);
                Assert.Equal(Reference(path, sequential), PathValidator.Check(Encoding.UTF8.GetBytes(path), sequential).Rule);
            },
            iter: 20_000);
    }

    /// <summary>Character by character as PathUtils.validatePath; a sequential path is checked with a digit at its end.</summary>
    private static PathRule Reference(string path, bool sequential)
    {
        path = sequential ? path + "1" : path;
        var result = PathRule.None;
        for (var i = 1; i < path.Length && result == PathRule.None; i++)
        {
            var c = path[i];
            var ends = i + 1 == path.Length || path[i + 1] == '/';
            if (c == '\0')
            {
                result = PathRule.NullCharacter;
            }
            else if (c == '/' && path[i - 1] == '/')
            {
                result = PathRule.EmptySegment;
            }
            else if (c == '.' && ends && (path[i - 1] == '/' || (path[i - 1] == '.' && path[i - 2] == '/')))
            {
                result = PathRule.RelativeSegment;
            }
            else if (c is (> '\0' and <= '\u001f') or (>= '\u007f' and <= '\u009f') or (>= '\ud800' and <= '\uf8ff') or (>= '\ufff0' and <= '\uffff'))
            {
                result = PathRule.InvalidCharacter;
            }
        }

        // ZooKeeper looks at the end first; ours reports what comes first, so a bad end counts only when nothing came before it.
        return result == PathRule.None && path.Length > 1 && path[^1] == '/' ? PathRule.TrailingSlash : result;
    }
}

using System.Buffers;
using System.Text;

namespace GrainKeeper.Core.Tree;

/// <summary>Checks paths as ZooKeeper's PathUtils does, on UTF-8. Characters outside the basic plane are surrogates there, and so not allowed.</summary>
public static class PathValidator
{
    /// <summary>Checks a path.</summary>
    /// <param name="path">The path in UTF-8.</param>
    /// <param name="sequential">Whether a sequence number will be appended: then the last segment may be empty.</param>
    /// <returns>What is wrong with it; <see cref="PathProblem.IsNone"/> when nothing is.</returns>
    public static PathProblem Check(ReadOnlySpan<byte> path, bool sequential = false)
    {
        if (path.IsEmpty)
        {
            return sequential ? new PathProblem(PathRule.NotAbsolute, 0) : new PathProblem(PathRule.Empty, 0);
        }

        if (path[0] != (byte)'/')
        {
            return new PathProblem(PathRule.NotAbsolute, 0);
        }

        if (path.Length == 1)
        {
            return default;
        }

        int offset = 1, character = 1, segment = 1;
        while (offset < path.Length)
        {
            var b = path[offset];
            if (b == (byte)'/')
            {
                if (offset == segment)
                {
                    return new PathProblem(PathRule.EmptySegment, character);
                }

                if (IsRelative(path[segment..offset]))
                {
                    return new PathProblem(PathRule.RelativeSegment, character - 1);
                }

                segment = offset + 1;
            }
            else if (b < 0x20 || b >= 0x7f)
            {
                if (b == 0)
                {
                    return new PathProblem(PathRule.NullCharacter, character);
                }

                if (Rune.DecodeFromUtf8(path[offset..], out var rune, out var length) != OperationStatus.Done || IsBanned(rune.Value))
                {
                    return new PathProblem(PathRule.InvalidCharacter, character);
                }

                offset += length - 1;
            }

            offset++;
            character++;
        }

        if (sequential)
        {
            return default;
        }

        if (segment == path.Length)
        {
            return new PathProblem(PathRule.TrailingSlash, character - 1);
        }

        return IsRelative(path[segment..]) ? new PathProblem(PathRule.RelativeSegment, character - 1) : default;
    }

    private static bool IsRelative(ReadOnlySpan<byte> segment) => segment.SequenceEqual("."u8) || segment.SequenceEqual(".."u8);

    private static bool IsBanned(int c) =>
        c is (>= 0x01 and <= 0x1f) or (>= 0x7f and <= 0x9f) or (>= 0xd800 and <= 0xf8ff) or (>= 0xfff0 and <= 0xffff) or > 0xffff;
}

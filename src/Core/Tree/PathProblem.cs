namespace GrainKeeper.Core.Tree;

/// <summary>What is wrong with a path.</summary>
/// <param name="Rule">The rule broken; <see cref="PathRule.None"/> when it is valid.</param>
/// <param name="Position">Where, in characters from the path's start.</param>
public readonly record struct PathProblem(PathRule Rule, int Position)
{
    /// <summary>Whether the path is valid.</summary>
    public bool IsNone => Rule == PathRule.None;

    /// <summary>For the client.</summary>
    public override string ToString() => Rule switch
    {
        PathRule.None => "the path is valid",
        PathRule.Empty => "the path is empty",
        PathRule.NotAbsolute => "the path must begin with a slash",
        PathRule.TrailingSlash => $"the path must not end with a slash, at character {Position}",
        PathRule.NullCharacter => $"the path has a NUL at character {Position}",
        PathRule.EmptySegment => $"the path has an empty segment at character {Position}",
        PathRule.RelativeSegment => $"the path has a relative segment at character {Position}",
        PathRule.InvalidCharacter => $"the path has a character that is not allowed at character {Position}",
        _ => throw new InvariantViolationException($"unknown path rule {(int)Rule}"),
    };
}

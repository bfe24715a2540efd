namespace GrainKeeper.Core.Tree;

/// <summary>The rules that a path must keep (ZooKeeper's PathUtils).</summary>
public enum PathRule
{
    /// <summary>It is valid.</summary>
    None = 0,

    /// <summary>It must not be empty.</summary>
    Empty,

    /// <summary>It must begin with a slash.</summary>
    NotAbsolute,

    /// <summary>It must not end with a slash.</summary>
    TrailingSlash,

    /// <summary>No NUL character.</summary>
    NullCharacter,

    /// <summary>No empty segment.</summary>
    EmptySegment,

    /// <summary>No segment <c>.</c> or <c>..</c>.</summary>
    RelativeSegment,

    /// <summary>No control characters, surrogates, private use characters or specials; and it must be UTF-8.</summary>
    InvalidCharacter,
}

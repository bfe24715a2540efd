namespace GrainKeeper.Client;

/// <summary>Some of the paths below a node: each before what is below it, siblings in the order of their names' UTF-8 bytes.</summary>
/// <param name="Paths">The paths.</param>
/// <param name="HasMore">Whether there are more: the next page comes after the last path.</param>
/// <param name="Zxid">The last transaction that the server had applied when it read them.</param>
public sealed record SubtreePage(IReadOnlyList<string> Paths, bool HasMore, long Zxid);

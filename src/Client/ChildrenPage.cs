using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client;

/// <summary>Some of a node's children, in the order of their names' UTF-8 bytes.</summary>
/// <param name="Names">The names.</param>
/// <param name="HasMore">Whether there are more: the next page comes after the last name.</param>
/// <param name="Zxid">The last transaction that the server had applied when it read them.</param>
/// <param name="Stat">The node's stat at that moment; another <see cref="Core.Jute.Stat.Pzxid"/> than the page before had says that children have come or gone.</param>
public sealed record ChildrenPage(IReadOnlyList<string> Names, bool HasMore, long Zxid, Stat Stat);

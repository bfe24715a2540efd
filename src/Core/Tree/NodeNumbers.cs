namespace GrainKeeper.Core.Tree;

/// <summary>The numbers of a node that a tree keeps, as ZooKeeper persists them (zookeeper.jute, <c>StatPersisted</c>).</summary>
/// <param name="Czxid">The transaction that created it.</param>
/// <param name="Mzxid">The transaction that last changed its data.</param>
/// <param name="Pzxid">The transaction that last created or deleted a child.</param>
/// <param name="Ctime">When it was created, ms since the Unix epoch.</param>
/// <param name="Mtime">When its data was last changed.</param>
/// <param name="Version">Changes of its data.</param>
/// <param name="CVersion">How many children were ever created: the next sequence number. Not what clients see.</param>
/// <param name="AVersion">Changes of its ACL.</param>
public readonly record struct NodeNumbers(
    long Czxid, long Mzxid, long Pzxid, long Ctime, long Mtime, int Version, int CVersion, int AVersion);

using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Replica;

/// <summary>A tree of the ensemble, as the root tree lists it.</summary>
/// <param name="Name">Its name: the last segment of the path <c>/zookeeper/trees/NAME</c>.</param>
/// <param name="Created">The czxid of that node. It tells a tree from an earlier one of the same name, whose data on a server that was away must never be mixed with it.</param>
public readonly record struct ListedTree(string Name, Zxid Created);

using System.Text;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Requests;

namespace GrainKeeper.Core.Replica;

/// <summary>The ensemble's trees besides the root tree: the children of <c>/zookeeper/trees</c> that may name trees.</summary>
internal static class TreeList
{
    /// <summary>The trees that a state of the root tree lists, by name.</summary>
    public static List<ListedTree> Of(ReplicaState state)
    {
        var trees = new List<ListedTree>();
        if (state.Tree.TryFind(SpecialPaths.Trees, out var parent))
        {
            foreach (var node in parent.Children)
            {
                if (SpecialPaths.IsTreeName(node.Name))
                {
                    trees.Add(new ListedTree(Encoding.ASCII.GetString(node.Name), new Zxid(node.Stat.Czxid)));
                }
            }
        }

        trees.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return trees;
    }
}

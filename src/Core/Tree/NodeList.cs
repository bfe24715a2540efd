namespace GrainKeeper.Core.Tree;

/// <summary>
/// Nodes to enumerate without allocation: children of a node, ephemerals of a session, containers, TTL nodes. In no particular order.
/// The tree must not change meanwhile.
/// </summary>
public readonly struct NodeList
{
    private readonly DataTree _tree;

    internal NodeList(DataTree tree) => _tree = tree;

    /// <summary>How many.</summary>
    public int Count => throw new NotImplementedException();

    /// <summary>Begins to enumerate.</summary>
    public Enumerator GetEnumerator() => new(_tree);

    /// <summary>Walks over the nodes.</summary>
    public struct Enumerator
    {
        private readonly DataTree _tree;
        private int _index;

        internal Enumerator(DataTree tree)
        {
            _tree = tree;
            _index = -1;
        }

        /// <summary>The present node.</summary>
        public readonly NodeRef Current => new(_tree, _index);

        /// <summary>Goes to the next node.</summary>
        public bool MoveNext()
        {
            _index++;
            throw new NotImplementedException();
        }
    }
}

namespace GrainKeeper.Core.Tree;

/// <summary>
/// Nodes to enumerate without allocation: children of a node, ephemerals of a session, containers, TTL nodes. In no particular order.
/// The tree must not change meanwhile.
/// </summary>
public readonly struct NodeList
{
    private readonly NodeStore _store;
    private readonly Source _source;
    private readonly int _first;

    private NodeList(NodeStore store, Source source, int first, int count)
    {
        _store = store;
        _source = source;
        _first = first;
        Count = count;
    }

    private enum Source
    {
        Siblings,
        Session,
        Containers,
        Ttl,
    }

    /// <summary>How many.</summary>
    public int Count { get; }

    /// <summary>Begins to enumerate.</summary>
    public Enumerator GetEnumerator() => new(this);

    internal static NodeList Children(NodeStore store, int index) => new(store, Source.Siblings, store[index].FirstChild, store[index].NumChildren);

    internal static NodeList OfSession(NodeStore store, long session) =>
        new(store, Source.Session, store.Specials.HeadOf(session), store.Specials.CountOf(session));

    internal static NodeList OfKind(NodeStore store, NodeKind kind) =>
        new(store, kind == NodeKind.Container ? Source.Containers : Source.Ttl, 1, store.Specials.CountOf(kind));

    /// <summary>Walks over the nodes.</summary>
    public struct Enumerator
    {
        private readonly NodeStore _store;
        private readonly Source _source;
        private int _next;
        private int _current;
        private int _left;

        internal Enumerator(NodeList list)
        {
            _store = list._store;
            _source = list._source;
            _next = list._first;
            _current = NodeStore.None;
            _left = list.Count;
        }

        /// <summary>The present node.</summary>
        public readonly NodeRef Current => new(_store, _current);

        /// <summary>Goes to the next node.</summary>
        public bool MoveNext()
        {
            if (_left == 0)
            {
                return false;
            }

            _left--;
            switch (_source)
            {
                case Source.Siblings:
                    _current = _next;
                    _next = _store[_current].NextSibling;
                    break;
                case Source.Session:
                    _current = _store.Specials[_next].Node;
                    _next = _store.Specials[_next].Next;
                    break;
                case Source.Containers:
                    SkipTo(NodeKind.Container);
                    break;
                default:
                    SkipTo(NodeKind.Ttl);
                    break;
            }

            return true;
        }

        private void SkipTo(NodeKind kind)
        {
            while (_store.Specials[_next].Node < 0 || _store.Specials[_next].Kind != kind)
            {
                _next++;
            }

            _current = _store.Specials[_next++].Node;
        }
    }
}

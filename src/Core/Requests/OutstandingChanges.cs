using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Requests;

/// <summary>
/// The tree as it will be: the applied tree with all proposals on top that wait for their commit. Each request is validated against this, so that
/// requests can follow each other without waiting (ZooKeeper's outstandingChanges).
/// </summary>
/// <param name="tree">The applied tree, which may be replaced when a state is restored.</param>
/// <param name="seed">For hashing.</param>
internal sealed class OutstandingChanges(Func<DataTree> tree, ulong seed)
{
    private readonly Dictionary<ReadOnlyMemory<byte>, NodeView> _views = new(new ByteKeyComparer(seed));
    private readonly Ring<Change> _order = new();
    private readonly Dictionary<long, Ring<ReadOnlyMemory<byte>>> _createdBy = [];
    private readonly Stack<Ring<ReadOnlyMemory<byte>>> _spareRings = new();
    private readonly List<Undo> _undo = [];
    private bool _inMulti;

    /// <summary>What subtrees with a quota will hold.</summary>
    public OutstandingUsage Usage { get; } = new(tree, seed);

    /// <summary>Changes that wait.</summary>
    public int Count => _order.Count;

    /// <summary>Finds a node as it will be.</summary>
    /// <returns>False when it will not exist.</returns>
    public bool TryGet(ReadOnlySpan<byte> path, out NodeView view)
    {
        if (_views.Count > 0 && _views.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(path, out view))
        {
            return view.Exists;
        }

        if (tree().TryFind(path, out var node))
        {
            view = NodeView.Of(node);
            return true;
        }

        view = default;
        return false;
    }

    /// <summary>Notes how a proposal changes a node.</summary>
    /// <param name="path">The node; not changed afterwards.</param>
    /// <param name="view">How it will be, with the proposal's zxid.</param>
    /// <param name="created">Whether the proposal creates it.</param>
    public void Put(ReadOnlyMemory<byte> path, in NodeView view, bool created = false)
    {
        if (_inMulti)
        {
            var known = _views.TryGetValue(path, out var before);
            _undo.Add(new Undo(path, before, known));
        }

        _views[path] = view;
        var owner = created && view.Kind == NodeKind.Ephemeral ? view.Lifetime : 0;
        _order.Add(new Change(view.Zxid, path, owner));
        if (owner != 0)
        {
            RingOf(owner).Add(path);
        }
    }

    /// <summary>Everything put from now on can be taken back by <see cref="RollBackMulti"/>.</summary>
    public void BeginMulti()
    {
        Invariant.That(!_inMulti);
        _inMulti = true;
        Usage.BeginMulti();
    }

    /// <summary>What was put since <see cref="BeginMulti"/> stands.</summary>
    public void EndMulti() => EndMulti(rollBack: false);

    /// <summary>Takes back what was put since <see cref="BeginMulti"/>.</summary>
    public void RollBackMulti()
    {
        Invariant.That(_inMulti);
        for (var i = _undo.Count - 1; i >= 0; i--)
        {
            var undo = _undo[i];
            if (undo.Known)
            {
                _views[undo.Path] = undo.Before;
            }
            else
            {
                _views.Remove(undo.Path);
            }

            var change = _order.RemoveLast();
            if (change.CreatedFor != 0)
            {
                var ring = _createdBy[change.CreatedFor];
                ring.RemoveLast();
                DropIfEmpty(change.CreatedFor, ring);
            }
        }

        EndMulti(rollBack: true);
    }

    /// <summary>The proposals up to this one are applied: the tree itself has their changes now.</summary>
    public void Applied(Zxid upTo)
    {
        Usage.Applied(upTo);
        while (_order.Count > 0 && _order[0].Zxid <= upTo)
        {
            var change = _order.RemoveFirst();
            if (_views.TryGetValue(change.Path, out var view) && view.Zxid == change.Zxid)
            {
                _views.Remove(change.Path);
            }

            if (change.CreatedFor != 0)
            {
                var ring = _createdBy[change.CreatedFor];
                ring.RemoveFirst();
                DropIfEmpty(change.CreatedFor, ring);
            }
        }
    }

    /// <summary>Gives the paths that a session will own, in order.</summary>
    public void CollectEphemerals(long sessionId, List<ReadOnlyMemory<byte>> paths)
    {
        paths.Clear();
        foreach (var node in tree().EphemeralsOf(sessionId))
        {
            if (IsOwned(node.Path, sessionId))
            {
                paths.Add(node.Path.ToArray());
            }
        }

        if (_createdBy.TryGetValue(sessionId, out var created))
        {
            for (var i = 0; i < created.Count; i++)
            {
                if (IsOwned(created[i].Span, sessionId))
                {
                    paths.Add(created[i]);
                }
            }
        }

        paths.Sort(static (a, b) => a.Span.SequenceCompareTo(b.Span));

        // A node deleted and created again is in both sources.
        var kept = 0;
        for (var i = 0; i < paths.Count; i++)
        {
            if (kept == 0 || !paths[i].Span.SequenceEqual(paths[kept - 1].Span))
            {
                paths[kept++] = paths[i];
            }
        }

        paths.RemoveRange(kept, paths.Count - kept);
    }

    /// <summary>Forgets everything: leadership is lost.</summary>
    public void Clear()
    {
        _views.Clear();
        _order.Clear();
        _createdBy.Clear();
        _undo.Clear();
        _inMulti = false;
    }

    private void EndMulti(bool rollBack)
    {
        Invariant.That(_inMulti);
        _inMulti = false;
        _undo.Clear();
        Usage.EndMulti(rollBack);
    }

    private bool IsOwned(ReadOnlySpan<byte> path, long sessionId) =>
        TryGet(path, out var view) && view.Kind == NodeKind.Ephemeral && view.Lifetime == sessionId;

    private Ring<ReadOnlyMemory<byte>> RingOf(long sessionId)
    {
        if (!_createdBy.TryGetValue(sessionId, out var ring))
        {
            _createdBy.Add(sessionId, ring = _spareRings.TryPop(out var spare) ? spare : new Ring<ReadOnlyMemory<byte>>());
        }

        return ring;
    }

    private void DropIfEmpty(long sessionId, Ring<ReadOnlyMemory<byte>> ring)
    {
        if (ring.Count == 0)
        {
            _createdBy.Remove(sessionId);
            if (_spareRings.Count < 64)
            {
                _spareRings.Push(ring);
            }
        }
    }

    private readonly record struct Change(Zxid Zxid, ReadOnlyMemory<byte> Path, long CreatedFor);

    private readonly record struct Undo(ReadOnlyMemory<byte> Path, NodeView Before, bool Known);
}

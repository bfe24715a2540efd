using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Watches;

namespace GrainKeeper.Core.Replica.Events;

/// <summary>
/// The ACLs by which events were judged when they happened, for events that are told later, from the log: that holds no ACL of a node that is changed or deleted. Only those that keep somebody
/// from reading are kept, and a limited number of them; so a tree that everybody may read costs nothing. Not part of snapshots: it begins with the first exact state of this start.
/// </summary>
internal sealed class EventAcls(Zxid since, int most = 100_000) : ITreeChangeListener
{
    private readonly Ring<(EventPosition At, AclList Acl)> _restricted = new();
    private EventOrdinals _ordinals;
    private ITreeChangeListener? _next;

    /// <summary>The ACLs of events of all transactions after this one are known.</summary>
    public Zxid Since { get; private set; } = since;

    /// <summary>Those of a tree that was restored or imported: what a fuzzy copy goes through before it is exact tells nothing of ACLs.</summary>
    public static EventAcls Of(DataTree tree) => new(tree.LastApplied > tree.FuzzyUntil ? tree.LastApplied : tree.FuzzyUntil);

    /// <summary>Puts itself before another listener, for one transaction.</summary>
    public ITreeChangeListener Before(ITreeChangeListener? next)
    {
        _next = next;
        return this;
    }

    /// <summary>The ACL by which an event after <see cref="Since"/> was judged, or one that everybody may read.</summary>
    public AclList At(EventPosition at)
    {
        int low = 0, high = _restricted.Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_restricted[middle].At < at)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low < _restricted.Count && _restricted[low].At == at ? _restricted[low].Acl : AclList.ReadOnly;
    }

    public void NodeCreated(Zxid zxid, OpCode type, NodeRef node, NodeRef parent)
    {
        Note(zxid, node.Acl);
        Note(zxid, parent.Acl);
        _next?.NodeCreated(zxid, type, node, parent);
    }

    public void NodeDeleted(Zxid zxid, OpCode type, ReadOnlySpan<byte> path, AclList acl, NodeRef parent)
    {
        Note(zxid, acl);
        Note(zxid, parent.Acl);
        _next?.NodeDeleted(zxid, type, path, acl, parent);
    }

    public void NodeDataChanged(Zxid zxid, OpCode type, NodeRef node)
    {
        Note(zxid, node.Acl);
        _next?.NodeDataChanged(zxid, type, node);
    }

    public void NodeAclChanged(Zxid zxid, NodeRef node) => _next?.NodeAclChanged(zxid, node);

    public void Checked(Zxid zxid, ReadOnlySpan<byte> path) => _next?.Checked(zxid, path);

    public void Failed(Zxid zxid, ErrorCode code) => _next?.Failed(zxid, code);

    private void Note(Zxid zxid, AclList acl)
    {
        var at = _ordinals.Next(zxid);
        if (AclGuard.Allows(acl, Permissions.Read, Credentials.None))
        {
            return;
        }

        if (_restricted.Count == most)
        {
            Since = _restricted.RemoveFirst().At.Zxid;
        }

        _restricted.Add((at, acl));
    }
}

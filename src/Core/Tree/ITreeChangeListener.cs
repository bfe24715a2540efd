using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Tree;

/// <summary>
/// Hears what a transaction does to the tree: one call per operation, in order, right after it is done (so a node read in the call has
/// the values that this operation gave it). Spans and handles are valid only during the call. It must not change the tree.
/// </summary>
public interface ITreeChangeListener
{
    /// <summary>A node was created.</summary>
    /// <param name="zxid">The transaction.</param>
    /// <param name="type">The operation: create, create2, createContainer or createTTL.</param>
    /// <param name="node">The node.</param>
    /// <param name="parent">Its parent.</param>
    void NodeCreated(Zxid zxid, OpCode type, NodeRef node, NodeRef parent);

    /// <summary>A node was deleted.</summary>
    /// <param name="zxid">The transaction.</param>
    /// <param name="type">The operation: delete, deleteContainer, or closeSession (then one call for each of the session's nodes).</param>
    /// <param name="path">Where it was.</param>
    /// <param name="acl">The ACL that it had.</param>
    /// <param name="parent">Its parent.</param>
    void NodeDeleted(Zxid zxid, OpCode type, ReadOnlySpan<byte> path, AclList acl, NodeRef parent);

    /// <summary>A node's data was replaced.</summary>
    /// <param name="zxid">The transaction.</param>
    /// <param name="type">The operation: setData or reconfig.</param>
    /// <param name="node">The node.</param>
    void NodeDataChanged(Zxid zxid, OpCode type, NodeRef node);

    /// <summary>A node's ACL was replaced.</summary>
    /// <param name="zxid">The transaction.</param>
    /// <param name="node">The node.</param>
    void NodeAclChanged(Zxid zxid, NodeRef node);

    /// <summary>A version was checked within a multi.</summary>
    /// <param name="zxid">The transaction.</param>
    /// <param name="path">The node's path.</param>
    void Checked(Zxid zxid, ReadOnlySpan<byte> path);

    /// <summary>A failed operation: of its own, or of a multi that failed as a whole.</summary>
    /// <param name="zxid">The transaction.</param>
    /// <param name="code">Why.</param>
    void Failed(Zxid zxid, ErrorCode code);
}

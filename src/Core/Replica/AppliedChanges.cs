using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Watches;

namespace GrainKeeper.Core.Replica;

/// <summary>
/// Hears what a transaction changes: lets the watches fire, and has the body of the answer written down when the request is one of this server's clients, or the answer is kept.
/// </summary>
internal sealed class AppliedChanges(WatchManager watches, bool listsTrees, SoftQuotas quotas, AuditTrail? audit = null) : ITreeChangeListener
{
    private long _closing;
    private long? _leaderNow;

    /// <summary>The answer.</summary>
    public ReplyBody Reply { get; } = new();

    /// <summary>The answer's body without its header.</summary>
    public ByteBuffer Body => Reply.Body;

    /// <summary>Why the request failed; <see cref="ErrorCode.Ok"/> when it did not, and for a multi, whose body says it.</summary>
    public ErrorCode Error => Reply.Error;

    /// <summary>Whether the list of trees has changed.</summary>
    public bool TreesChanged { get; private set; }

    /// <summary>Begins a transaction.</summary>
    /// <param name="request">What a client of this server asked for, or <see cref="OpCode.Notification"/> when nobody here waits for it and it is not kept.</param>
    /// <param name="transaction">The transaction's type: a multi that could not even be read is one error, not a list.</param>
    /// <param name="closing">The session that it closes, when this server leads; else 0.</param>
    /// <param name="leaderNow">Monotonic ms, when this server leads; else null.</param>
    public void Begin(OpCode request, OpCode transaction, long closing, long? leaderNow)
    {
        _leaderNow = leaderNow;
        _closing = closing;
        Reply.Begin(request, transaction);
        TreesChanged = false;
    }

    /// <summary>The transaction is applied.</summary>
    public void End()
    {
        Reply.End();
        if (_leaderNow is { } now)
        {
            quotas.Check(now);
        }
    }

    public void NodeCreated(Zxid zxid, OpCode type, NodeRef node, NodeRef parent)
    {
        watches.NodeCreated(zxid, type, node, parent);
        TreesChanged |= listsTrees && SpecialPaths.IsTree(node.Path);
        NoteForQuotas(node.Path, created: true);
        Reply.NodeCreated(zxid, type, node, parent);
    }

    public void NodeDeleted(Zxid zxid, OpCode type, ReadOnlySpan<byte> path, AclList acl, NodeRef parent)
    {
        watches.NodeDeleted(zxid, type, path, acl, parent);
        TreesChanged |= listsTrees && SpecialPaths.IsTree(path);
        if (type == OpCode.CloseSession && _closing != 0)
        {
            audit?.NoteEphemeral(_closing, path);
        }

        Reply.NodeDeleted(zxid, type, path, acl, parent);
    }

    public void NodeDataChanged(Zxid zxid, OpCode type, NodeRef node)
    {
        watches.NodeDataChanged(zxid, type, node);
        NoteForQuotas(node.Path, created: false);
        Reply.NodeDataChanged(zxid, type, node);
    }

    public void NodeAclChanged(Zxid zxid, NodeRef node)
    {
        watches.NodeAclChanged(zxid, node);
        Reply.NodeAclChanged(zxid, node);
    }

    public void Checked(Zxid zxid, ReadOnlySpan<byte> path)
    {
        watches.Checked(zxid, path);
        Reply.Checked(zxid, path);
    }

    public void Failed(Zxid zxid, ErrorCode code)
    {
        watches.Failed(zxid, code);
        Reply.Failed(zxid, code);
    }

    private void NoteForQuotas(ReadOnlySpan<byte> path, bool created)
    {
        if (_leaderNow is not null)
        {
            quotas.Changed(path, created);
        }
    }
}

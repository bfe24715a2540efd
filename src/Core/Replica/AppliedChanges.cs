using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Watches;

namespace GrainKeeper.Core.Replica;

/// <summary>
/// Hears what a transaction changes: lets the watches fire, and writes down the body of the answer when the request is one of this server's clients.
/// </summary>
internal sealed class AppliedChanges(WatchManager watches, bool listsTrees, SoftQuotas quotas, AuditTrail? audit = null) : ITreeChangeListener
{
    private OpCode _request;
    private long _closing;
    private long? _leaderNow;
    private bool _isList;

    /// <summary>The answer's body without its header.</summary>
    public ByteBuffer Body { get; } = new();

    /// <summary>Why the request failed; <see cref="ErrorCode.Ok"/> when it did not, and for a multi, whose body says it.</summary>
    public ErrorCode Error { get; private set; }

    /// <summary>Whether the list of trees has changed.</summary>
    public bool TreesChanged { get; private set; }

    /// <summary>Begins a transaction.</summary>
    /// <param name="request">What a client of this server asked for, or <see cref="OpCode.Notification"/> when nobody here waits for it.</param>
    /// <param name="transaction">The transaction's type: a multi that could not even be read is one error, not a list.</param>
    /// <param name="closing">The session that it closes, when this server leads; else 0.</param>
    /// <param name="leaderNow">Monotonic ms, when this server leads; else null.</param>
    public void Begin(OpCode request, OpCode transaction, long closing, long? leaderNow)
    {
        _leaderNow = leaderNow;
        _request = request;
        _closing = closing;
        _isList = transaction == OpCode.Multi;
        Body.Clear();
        Error = ErrorCode.Ok;
        TreesChanged = false;
    }

    /// <summary>The transaction is applied.</summary>
    public void End()
    {
        if (_request == OpCode.Multi && Error == ErrorCode.Ok)
        {
            MultiHeader.End.Write(new JuteWriter(Body));
        }

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
        if (_request == OpCode.Notification)
        {
            return;
        }

        var writer = new JuteWriter(Body);
        if (_request == OpCode.Multi)
        {
            // Results of createContainer and createTTL are those of create2.
            new MultiHeader(type == OpCode.Create ? OpCode.Create : OpCode.Create2, false, ErrorCode.Ok).Write(writer);
        }

        writer.WriteBuffer(node.Path);
        if (type != OpCode.Create)
        {
            node.Stat.Write(writer);
        }
    }

    public void NodeDeleted(Zxid zxid, OpCode type, ReadOnlySpan<byte> path, AclList acl, NodeRef parent)
    {
        watches.NodeDeleted(zxid, type, path, acl, parent);
        TreesChanged |= listsTrees && SpecialPaths.IsTree(path);
        if (type == OpCode.CloseSession && _closing != 0)
        {
            audit?.NoteEphemeral(_closing, path);
        }

        if (_request == OpCode.Multi)
        {
            new MultiHeader(OpCode.Delete, false, ErrorCode.Ok).Write(new JuteWriter(Body));
        }
    }

    public void NodeDataChanged(Zxid zxid, OpCode type, NodeRef node)
    {
        watches.NodeDataChanged(zxid, type, node);
        NoteForQuotas(node.Path, created: false);
        if (_request == OpCode.Notification)
        {
            return;
        }

        var writer = new JuteWriter(Body);
        if (_request == OpCode.Multi)
        {
            new MultiHeader(OpCode.SetData, false, ErrorCode.Ok).Write(writer);
        }
        else if (_request == OpCode.Reconfig)
        {
            new GetDataResponse(node.Data.Span, false, node.Stat).Write(writer);
            return;
        }

        node.Stat.Write(writer);
    }

    public void NodeAclChanged(Zxid zxid, NodeRef node)
    {
        watches.NodeAclChanged(zxid, node);
        if (_request == OpCode.SetAcl)
        {
            node.Stat.Write(new JuteWriter(Body));
        }
    }

    public void Checked(Zxid zxid, ReadOnlySpan<byte> path)
    {
        watches.Checked(zxid, path);
        if (_request == OpCode.Multi)
        {
            new MultiHeader(OpCode.Check, false, ErrorCode.Ok).Write(new JuteWriter(Body));
        }
    }

    public void Failed(Zxid zxid, ErrorCode code)
    {
        watches.Failed(zxid, code);
        if (_request == OpCode.Multi && _isList)
        {
            var writer = new JuteWriter(Body);
            new MultiHeader(OpCode.Error, false, code).Write(writer);
            writer.WriteInt((int)code);
            return;
        }

        Error = code;
    }

    private void NoteForQuotas(ReadOnlySpan<byte> path, bool created)
    {
        if (_leaderNow is not null)
        {
            quotas.Changed(path, created);
        }
    }
}

using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Replica;

/// <summary>Writes down the body of the answer to a request while its transaction is applied.</summary>
internal sealed class ReplyBody : ITreeChangeListener
{
    private OpCode _request;
    private bool _isList;
    private bool _ended;

    /// <summary>The answer's body without its header.</summary>
    public ByteBuffer Body { get; } = new();

    /// <summary>Why the request failed; <see cref="ErrorCode.Ok"/> when it did not, and for a multi, whose body says it.</summary>
    public ErrorCode Error { get; private set; }

    /// <summary>Begins a transaction.</summary>
    /// <param name="request">What was asked for, or <see cref="OpCode.Notification"/> when no answer is wanted.</param>
    /// <param name="transaction">The transaction's type: a multi that could not even be read is one error, not a list.</param>
    public void Begin(OpCode request, OpCode transaction)
    {
        _request = request;
        _isList = transaction == OpCode.Multi;
        _ended = false;
        Body.Clear();
        Error = ErrorCode.Ok;
    }

    /// <summary>The transaction is applied; further calls are ignored.</summary>
    public void End()
    {
        if (_request == OpCode.Multi && Error == ErrorCode.Ok && !_ended)
        {
            MultiHeader.End.Write(new JuteWriter(Body));
        }

        _ended = true;
    }

    public void NodeCreated(Zxid zxid, OpCode type, NodeRef node, NodeRef parent)
    {
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
        if (_request == OpCode.Multi)
        {
            new MultiHeader(OpCode.Delete, false, ErrorCode.Ok).Write(new JuteWriter(Body));
        }
    }

    public void NodeDataChanged(Zxid zxid, OpCode type, NodeRef node)
    {
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
            new GetDataResponse(node.Data, false, node.Stat).Write(writer);
            return;
        }

        node.Stat.Write(writer);
    }

    public void NodeAclChanged(Zxid zxid, NodeRef node)
    {
        if (_request == OpCode.SetAcl)
        {
            node.Stat.Write(new JuteWriter(Body));
        }
    }

    public void Checked(Zxid zxid, ReadOnlySpan<byte> path)
    {
        if (_request == OpCode.Multi)
        {
            new MultiHeader(OpCode.Check, false, ErrorCode.Ok).Write(new JuteWriter(Body));
        }
    }

    public void Failed(Zxid zxid, ErrorCode code)
    {
        if (_request == OpCode.Multi && _isList)
        {
            var writer = new JuteWriter(Body);
            new MultiHeader(OpCode.Error, false, code).Write(writer);
            writer.WriteInt((int)code);
            return;
        }

        Error = code;
    }
}

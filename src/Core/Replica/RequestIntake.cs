using System.Text;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Requests;

namespace GrainKeeper.Core.Replica;

/// <summary>
/// Takes the requests of established clients and answers them, each client's in order: a write goes to the leader at once, a read waits only for
/// the writes of its own client before it (ZooKeeper's CommitProcessor).
/// </summary>
internal sealed class RequestIntake(
    ReplicaOptions options, ReplicaState state, ConnectionTable connections, OriginQueue origin, Outbox outbox, ReadProcessor reads, AuditTrail? audit)
{
    private const int HeaderSize = 8;

    /// <summary>The way to the leader; null while there is none.</summary>
    public ILeaderLink? Leader { get; set; }

    /// <summary>Takes a frame of an open connection.</summary>
    public void Take(ClientConnection client, ReadOnlyMemory<byte> frame)
    {
        if (client.Phase != ClientPhase.Open)
        {
            return;
        }

        try
        {
            var reader = new JuteReader(frame.Span);
            var header = RequestHeader.Read(ref reader);
            Dispatch(client, header.Xid, header.Type, frame[HeaderSize..]);
        }
        catch (JuteFormatException e)
        {
            connections.Close(client, "malformed request: " + e.Message);
        }
    }

    /// <summary>The transaction of a client's oldest waiting request is applied.</summary>
    public void Complete(ClientConnection client, AppliedChanges applied)
    {
        var pending = connections.Dequeue(client);
        Invariant.That(pending.Kind == PendingKind.Leader);
        if (pending.Type != OpCode.CloseSession)
        {
            audit?.Note(client, pending, applied);
        }

        var output = outbox.BeginFrame(client, out var start);
        new ReplyHeader(pending.Xid, state.LastApplied.Value, applied.Error).Write(new JuteWriter(output));
        if (applied.Error == ErrorCode.Ok)
        {
            new JuteWriter(output).WriteRaw(applied.Body.Written);
        }

        Outbox.EndFrame(output, start);
        if (pending.Type == OpCode.CloseSession)
        {
            connections.Close(client, "the client closed its session");
            return;
        }

        Drain(client);
    }

    /// <summary>A client's oldest waiting request is answered without a transaction of its own.</summary>
    public void Complete(ClientConnection client, ErrorCode error)
    {
        if (client.Phase == ClientPhase.Closed)
        {
            return;
        }

        if (client.Phase == ClientPhase.Establishing)
        {
            connections.Close(client, $"the leader refused the session: {error}");
            return;
        }

        var pending = connections.Dequeue(client);
        Invariant.That(pending.Kind == PendingKind.Leader);
        if (pending.Type == OpCode.Sync && error == ErrorCode.Ok)
        {
            var reader = new JuteReader(pending.Body.Span);
            var output = outbox.BeginFrame(client, out var start);
            var writer = new JuteWriter(output);
            new ReplyHeader(pending.Xid, state.LastApplied.Value, ErrorCode.Ok).Write(writer);
            PathRecord.Read(ref reader).Write(writer);
            Outbox.EndFrame(output, start);
        }
        else
        {
            Reply(client, pending.Xid, error);
        }

        switch (error)
        {
            case ErrorCode.SessionMoved:
                connections.Close(client, "the session has moved to another server");
                return;
            case ErrorCode.SessionExpired:
                connections.Close(client, "the session has expired");
                return;
            default:
                Drain(client);
                return;
        }
    }

    private void Dispatch(ClientConnection client, int xid, OpCode type, ReadOnlyMemory<byte> body)
    {
        if (ReadProcessor.IsRead(type))
        {
            if (client.Pipeline.Count > 0)
            {
                connections.Enqueue(client, new PendingReply(PendingKind.Read, xid, type, Body: body), body.Length);
            }
            else
            {
                Read(client, xid, type, body.Span);
            }

            return;
        }

        if (type == OpCode.Ping)
        {
            Answer(client, PendingKind.Ready, ReservedXid.Ping, type, ErrorCode.Ok);
        }
        else if (type == OpCode.Auth)
        {
            Authenticate(client, xid, body.Span);
        }
        else if (type == OpCode.CloseSession || type == OpCode.Sync || RequestRecords.IsWrite(type))
        {
            ToLeader(client, xid, type, body);
        }
        else
        {
            Answer(client, PendingKind.ReadyThenClose, xid, type, type == OpCode.Sasl ? ErrorCode.AuthFailed : ErrorCode.Unimplemented);
        }
    }

    private void ToLeader(ClientConnection client, int xid, OpCode type, ReadOnlyMemory<byte> body)
    {
        if (type == OpCode.Sync && !IsSync(body.Span))
        {
            Answer(client, PendingKind.Ready, xid, type, ErrorCode.MarshallingError);
            return;
        }

        if (client.IsReadOnly)
        {
            var closes = type == OpCode.CloseSession;
            Answer(client, closes ? PendingKind.ReadyThenClose : PendingKind.Ready, xid, type, closes ? ErrorCode.Ok : ErrorCode.NotReadOnly);
            return;
        }

        Invariant.That(Leader is not null, "a session that may write is open without a leader");
        connections.Enqueue(client, new PendingReply(PendingKind.Leader, xid, type, Body: type == OpCode.Sync || audit is not null ? body : default), body.Length);
        if (type == OpCode.CloseSession)
        {
            client.Phase = ClientPhase.Draining;
        }

        origin.Add(client);
        Leader.Submit(new WriteRequest(client.SessionId, xid, type, client.Who, type == OpCode.Sync ? default : body));
    }

    private void Authenticate(ClientConnection client, int xid, ReadOnlySpan<byte> body)
    {
        var reader = new JuteReader(body);
        var packet = AuthPacket.Read(ref reader);
        var who = AuthSchemes.Authenticate(Encoding.UTF8.GetString(packet.Scheme), packet.Auth, client.Who, options.SuperDigest);
        if (who is null)
        {
            Answer(client, PendingKind.ReadyThenClose, xid, OpCode.Auth, ErrorCode.AuthFailed);
            return;
        }

        client.Who = who;
        Answer(client, PendingKind.Ready, xid, OpCode.Auth, ErrorCode.Ok);
    }

    /// <summary>Answers in the client's order something that needs neither tree nor leader.</summary>
    private void Answer(ClientConnection client, PendingKind kind, int xid, OpCode type, ErrorCode error)
    {
        if (kind == PendingKind.ReadyThenClose)
        {
            client.Phase = ClientPhase.Draining;
        }

        if (client.Pipeline.Count > 0)
        {
            connections.Enqueue(client, new PendingReply(kind, xid, type, error), 0);
            return;
        }

        Finish(client, kind, xid, type, error);
    }

    private void Finish(ClientConnection client, PendingKind kind, int xid, OpCode type, ErrorCode error)
    {
        // ZooKeeper answers these outside of the order of transactions.
        var zxid = type is OpCode.Auth or OpCode.Sasl ? 0 : error == ErrorCode.Unimplemented ? -1 : state.LastApplied.Value;
        outbox.Send(client, new ReplyHeader(xid, zxid, error));
        if (kind == PendingKind.ReadyThenClose)
        {
            connections.Close(client, type switch
            {
                OpCode.Auth or OpCode.Sasl => "authentication failed",
                OpCode.CloseSession => "the client closed its session",
                _ => $"operation {(int)type} is not known",
            });
        }
    }

    private void Drain(ClientConnection client)
    {
        while (client.Pipeline.Count > 0 && client.Pipeline[0].Kind != PendingKind.Leader)
        {
            var pending = connections.Dequeue(client);
            if (pending.Kind != PendingKind.Read)
            {
                Finish(client, pending.Kind, pending.Xid, pending.Type, pending.Error);
                continue;
            }

            Read(client, pending.Xid, pending.Type, pending.Body.Span);
        }
    }

    private void Read(ClientConnection client, int xid, OpCode type, ReadOnlySpan<byte> body)
    {
        try
        {
            reads.Answer(client, xid, type, body);
        }
        catch (JuteFormatException)
        {
            Reply(client, xid, ErrorCode.MarshallingError);
        }
    }

    private static bool IsSync(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new JuteReader(body);
            PathRecord.Read(ref reader);
            return true;
        }
        catch (JuteFormatException)
        {
            return false;
        }
    }

    private void Reply(ClientConnection client, int xid, ErrorCode error) =>
        outbox.Send(client, new ReplyHeader(xid, state.LastApplied.Value, error));
}

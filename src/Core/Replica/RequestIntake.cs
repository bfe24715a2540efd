using System.Text;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Replica.Events;
using GrainKeeper.Core.Requests;

namespace GrainKeeper.Core.Replica;

/// <summary>
/// Takes the requests of established clients and answers them, each client's in order: a write goes to the leader at once, a read waits only for
/// the writes of its own client before it (ZooKeeper's CommitProcessor).
/// </summary>
internal sealed class RequestIntake(
    ReplicaOptions options,
    ReplicaState state,
    ConnectionTable connections,
    OriginQueue origin,
    LinearizableReads linearizable,
    Outbox outbox,
    ReadProcessor reads,
    WatchResumption resumption,
    AuditTrail? audit)
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

        if (client.AwaitsLog)
        {
            connections.EnqueueEarly(client, frame);
            return;
        }

        try
        {
            var reader = new JuteReader(frame.Span);
            var header = RequestHeader.Read(ref reader);
            if (header.IsLinearizable)
            {
                TakeLinearizable(client, header.Xid, header.Type, frame[HeaderSize..]);
            }
            else
            {
                Dispatch(client, header.Xid, header.Type, frame[HeaderSize..]);
            }
        }
        catch (JuteFormatException e)
        {
            connections.Close(client, "malformed request: " + e.Message);
        }
    }

    /// <summary>Takes the frames that were held back, until one is to wait again.</summary>
    public void TakeEarly(ClientConnection client)
    {
        while (client.Early.Count > 0 && !client.AwaitsLog)
        {
            Take(client, connections.DequeueEarly(client));
        }
    }

    /// <summary>The log has been read for a client.</summary>
    public void LogRead(ClientConnection client) => Drain(client);

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

        for (var i = 0; i < client.Pipeline.Count; i++)
        {
            ref var pending = ref client.Pipeline[i];
            if (pending.Kind == PendingKind.Leader)
            {
                pending = pending with { Kind = PendingKind.Told, Error = error };
                Drain(client);
                return;
            }
        }

        throw new InvariantViolationException($"connection {client.Id} does not wait for the leader");
    }

    /// <summary>
    /// The transaction of a client's write is about to be applied: what was asked before it is answered first. Reads that still wait for a confirmation have one: the write was committed in
    /// this leadership, and so by a quorum after they were asked for.
    /// </summary>
    public void AnswerBeforeWrite(ClientConnection client)
    {
        while (client.Pipeline.Count > 0 && client.Pipeline[0].Kind != PendingKind.Leader)
        {
            AnswerFirst(client);
        }
    }

    /// <summary>Answers what a client's oldest requests wait for no longer.</summary>
    public void Drain(ClientConnection client)
    {
        while (client.Pipeline.Count > 0
            && client.Pipeline[0] is { Kind: not PendingKind.Leader } first
            && (first.Kind != PendingKind.LinearizableRead || linearizable.IsReady(first.Ticket)))
        {
            if (first.Kind == PendingKind.Log)
            {
                if (TryResume(client))
                {
                    TakeEarly(client);
                }

                return;
            }

            AnswerFirst(client);
        }
    }

    private void AnswerFirst(ClientConnection client)
    {
        var pending = connections.Dequeue(client);
        switch (pending.Kind)
        {
            case PendingKind.Told:
                AnswerTold(client, pending, pending.Error);
                break;
            case PendingKind.Read or PendingKind.LinearizableRead:
                Read(client, pending.Xid, pending.Type, pending.Body.Span);
                break;
            default:
                Finish(client, pending.Kind, pending.Xid, pending.Type, pending.Error);
                break;
        }
    }

    private void AnswerTold(ClientConnection client, in PendingReply pending, ErrorCode error)
    {
        if (pending.Type == OpCode.Sync && error == ErrorCode.Ok)
        {
            var reader = new JuteReader(pending.Body.Span);
            var output = outbox.BeginFrame(client, out var start);
            var writer = new JuteWriter(output);
            new ReplyHeader(pending.Xid, state.LastApplied.Value, ErrorCode.Ok).Write(writer);
            PathRecord.Read(ref reader).Write(writer);
            Outbox.EndFrame(output, start);
        }
        else if (error == ErrorCode.Ok && RequestRecords.IsWrite(pending.Type))
        {
            Repeat(client, pending.Xid);
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
                return;
        }
    }

    /// <summary>A write that was sent again: what it was answered with at first. The leader has told to wait until that is known here.</summary>
    private void Repeat(ClientConnection client, int xid)
    {
        if (state.Results.Find(client.SessionId, xid) is not { } kept)
        {
            // Only a client that has had more under way than it was allowed to asks for what is not kept any more.
            Reply(client, xid, ErrorCode.RequestTimeout);
            return;
        }

        var output = outbox.BeginFrame(client, out var start);
        var writer = new JuteWriter(output);
        new ReplyHeader(xid, kept.Zxid.Value, kept.Error).Write(writer);
        writer.WriteRaw(kept.Body.Span);
        Outbox.EndFrame(output, start);
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

        if (type == OpCode.ResumeWatches)
        {
            client.AwaitsLog = true;
            connections.Enqueue(client, new PendingReply(PendingKind.Log, xid, type, Body: body), body.Length);
            if (client.Pipeline.Count == 1)
            {
                TryResume(client);
            }
        }
        else if (type == OpCode.Ping)
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

    private void TakeLinearizable(ClientConnection client, int xid, OpCode type, ReadOnlyMemory<byte> body)
    {
        if (!ReadProcessor.IsRead(type))
        {
            Answer(client, PendingKind.ReadyThenClose, xid, type, ErrorCode.Unimplemented);
        }
        else if (client.IsReadOnly)
        {
            Answer(client, PendingKind.Ready, xid, type, ErrorCode.NotReadOnly);
        }
        else
        {
            Invariant.That(Leader is not null, "a session that is not of this server alone is open without a leader");
            var ticket = linearizable.Add(client);
            connections.Enqueue(client, new PendingReply(PendingKind.LinearizableRead, xid, type, Body: body, Ticket: ticket), body.Length);
            Leader.Confirm(ticket);
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

    /// <summary>Answers the request that goes on from the log, the only one that its connection has.</summary>
    /// <returns>Whether it is answered.</returns>
    private bool TryResume(ClientConnection client)
    {
        if (!resumption.TryAnswer(client, client.Pipeline[0]))
        {
            return false;
        }

        connections.Dequeue(client);
        client.AwaitsLog = false;
        return true;
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

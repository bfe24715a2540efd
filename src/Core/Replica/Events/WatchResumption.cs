using System.Buffers.Binary;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Watches;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Replica.Events;

/// <summary>
/// Lets persistent watches go on from a transaction that their client has seen, on whatever server: answers with the events since, from the end of the log that is in memory or from the disk, a limited number at a time, and sets the
/// watches in the same step in which there are no more. So there is no gap and nothing twice. What is on the disk is read between other work, for a few clients at once.
/// </summary>
internal sealed class WatchResumption(ReplicaState state, WatchManager watches, Outbox outbox, bool skipAcl)
{
    private const int MostReads = 8;
    private const int MostLogBytes = 1024 * 1024;
    private const int MostTxns = 10_000;
    private const int MostEventBytes = 256 * 1024;

    private readonly Dictionary<long, ClientConnection> _reading = [];
    private readonly Queue<ClientConnection> _waiting = new();
    private readonly List<Effect> _effects = [];
    private long _lastRead;

    /// <summary>The ZAB core, whose log it is; set once, before the first step.</summary>
    public ZabPeer? Peer { private get; set; }

    /// <summary>Whether a read of the log was asked for here.</summary>
    public static bool IsMine(ZabInput.LogRead read) => read.RequestId < 0;

    /// <summary>Answers a request unless it must wait for the log.</summary>
    /// <returns>Whether it is answered.</returns>
    public bool TryAnswer(ClientConnection client, in PendingReply pending)
    {
        if (client.Reading is { IsDone: false })
        {
            return false;
        }

        try
        {
            var reader = new JuteReader(pending.Body.Span);
            var request = ResumeWatchesRequest.Read(ref reader);
            if (NeedsLog(client, request) is { } reading)
            {
                client.Reading = reading;
                _waiting.Enqueue(client);
                ReadNext();
                return false;
            }

            client.TellsPositions = true;
            Answer(client, pending.Xid, request);
        }
        catch (JuteFormatException)
        {
            outbox.Send(client, new ReplyHeader(pending.Xid, state.LastApplied.Value, ErrorCode.MarshallingError));
        }

        client.Reading = null;
        return true;
    }

    /// <summary>The log has been read.</summary>
    /// <returns>Whose request goes on; null when that connection is gone.</returns>
    public ClientConnection? Taken(ZabInput.LogRead read)
    {
        var known = _reading.Remove(read.RequestId, out var client);
        Invariant.That(known, $"read {read.RequestId} of the log was not asked for");
        ReadNext();
        client!.Reading?.Complete(read.Txns);
        return client.Phase == ClientPhase.Closed ? null : client;
    }

    /// <summary>Appends the effects of this step.</summary>
    public void Flush(List<Effect> effects)
    {
        effects.AddRange(_effects);
        _effects.Clear();
    }

    private void ReadNext()
    {
        while (_reading.Count < MostReads && _waiting.TryDequeue(out var client))
        {
            if (client is { Phase: not ClientPhase.Closed, Reading: { } reading })
            {
                _reading.Add(--_lastRead, client);
                _effects.Add(new ZabEffect.ReadLog(_lastRead, reading.After, reading.UpTo, MostLogBytes));
            }
        }
    }

    private LogReading? NeedsLog(ClientConnection client, in ResumeWatchesRequest request)
    {
        if (client.Reading is not null || IsUpToDate(request) || IsUnknown(client, request))
        {
            return null;
        }

        var (behind, before) = (PositionOf(request).Behind, Peer!.History.Window.Before);
        return behind < before ? new LogReading(behind, before) : null;
    }

    private bool IsUpToDate(in ResumeWatchesRequest request) => request.Zxid < 0 || PositionOf(request).Behind >= state.LastApplied;

    /// <summary>Whether nobody knows any more who was allowed to see what.</summary>
    private bool IsUnknown(ClientConnection client, in ResumeWatchesRequest request) => !SeesAll(client) && PositionOf(request).Behind < state.EventAcls.Since;

    private bool SeesAll(ClientConnection client) => skipAcl || client.Who.IsSuper;

    private void Answer(ClientConnection client, int xid, in ResumeWatchesRequest request)
    {
        var output = outbox.BeginFrame(client, out var start);
        var writer = new JuteWriter(output);
        new ReplyHeader(xid, state.LastApplied.Value, ErrorCode.Ok).Write(writer);
        var head = output.Length;
        writer.WriteInt(0);
        writer.WriteLong(0);
        writer.WriteInt(0);
        writer.WriteInt(0);
        var replay = new EventReplay(
            request.Zxid < 0 ? EventPosition.After(state.LastApplied) : PositionOf(request),
            SeesAll(client) ? null : state.EventAcls,
            client.Who,
            request.MostEvents,
            MostEventBytes,
            output);
        var status = Replay(client, request, replay);
        if (status is not { } told || (told != ResumeStatus.More && !Set(client, request)))
        {
            output.CutTo(start + sizeof(int));
            new ReplyHeader(xid, state.LastApplied.Value, ErrorCode.Throttled).Write(writer);
        }
        else
        {
            if (told == ResumeStatus.Live)
            {
                replay.PassTo(EventPosition.After(state.LastApplied));
            }

            var position = told == ResumeStatus.Lost ? EventPosition.After(state.LastApplied) : replay.Position;
            BinaryPrimitives.WriteInt32BigEndian(output.At(head, sizeof(int)), (int)told);
            BinaryPrimitives.WriteInt64BigEndian(output.At(head + 4, sizeof(long)), position.Zxid.Value);
            BinaryPrimitives.WriteInt32BigEndian(output.At(head + 12, sizeof(int)), position.Ordinal);
            BinaryPrimitives.WriteInt32BigEndian(output.At(head + 16, sizeof(int)), replay.Count);
        }

        Outbox.EndFrame(output, start);
    }

    /// <summary>Writes down the events.</summary>
    /// <returns>How far it came; null when there are more watches than a connection may have.</returns>
    private ResumeStatus? Replay(ClientConnection client, in ResumeWatchesRequest request, EventReplay replay)
    {
        if (IsUpToDate(request))
        {
            return ResumeStatus.Live;
        }

        if (IsUnknown(client, request) || client.Reading is { Txns: null })
        {
            return ResumeStatus.Lost;
        }

        if (!Add(replay, request.Persistent, WatchKind.Persistent) || !Add(replay, request.PersistentRecursive, WatchKind.PersistentRecursive))
        {
            return null;
        }

        if (client.Reading is { Txns: { } txns } reading)
        {
            for (var i = 0; i < txns.Count && !replay.IsFull; i++)
            {
                replay.Tell(txns[i]);
            }

            if (txns.Count == 0)
            {
                replay.PassTo(EventPosition.After(reading.UpTo));
            }

            return ResumeStatus.More;
        }

        return Recent(PositionOf(request).Behind, replay) ? ResumeStatus.Live : ResumeStatus.More;
    }

    /// <summary>Goes through the end of the log that is in memory.</summary>
    /// <returns>Whether all that is applied has been told.</returns>
    private bool Recent(Zxid behind, EventReplay replay)
    {
        var window = Peer!.History.Window;
        var (count, bytes) = (0, 0L);
        for (var i = window.IndexAfter(behind); i < window.Count && window[i].Zxid <= state.LastApplied; i++)
        {
            if (++count > MostTxns || (bytes += TxnWindow.CostOf(window[i])) > MostLogBytes)
            {
                // The first is always told: it cannot be larger than what a step may take.
                if (count > 1)
                {
                    return false;
                }
            }

            replay.Tell(window[i]);
            if (replay.IsFull)
            {
                return false;
            }
        }

        return true;
    }

    private bool Set(ClientConnection client, in ResumeWatchesRequest request) =>
        Set(client, request.Persistent, WatchKind.Persistent) && Set(client, request.PersistentRecursive, WatchKind.PersistentRecursive);

    private bool Set(ClientConnection client, StringVector paths, WatchKind kind)
    {
        foreach (var path in paths)
        {
            if (watches.Add(client.Id.Value, path, kind) == WatchAddResult.LimitReached)
            {
                return false;
            }
        }

        return true;
    }

    private static bool Add(EventReplay replay, StringVector paths, WatchKind kind)
    {
        foreach (var path in paths)
        {
            if (!replay.Watch(path, kind))
            {
                return false;
            }
        }

        return true;
    }

    private static EventPosition PositionOf(in ResumeWatchesRequest request) => new(new Zxid(request.Zxid), request.Ordinal);
}

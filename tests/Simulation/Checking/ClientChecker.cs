using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Simulation.Clients;
using GrainKeeper.Simulation.Model;

namespace GrainKeeper.Simulation.Checking;

/// <summary>
/// Judges what clients see: an acknowledged write is in the committed sequence with the result that the model says, a read shows exactly the state after the
/// zxid in its reply, zxids of a session never fall, a sync brings its server up to what was committed before it, and a watch tells the first change after it
/// was set, once, before any reply that shows that change. A linearizable read shows whatever was committed anywhere before it was asked for.
/// </summary>
public sealed class ClientChecker(BroadcastChecker broadcast, TreeModel model, RequestRegistry registry, SequenceJudge judge) : IClientWitness
{
    private readonly Dictionary<ConnectionId, Epoch> _epochs = [];
    private readonly HashSet<long> _askedToClose = [];

    /// <summary>Writes answered with success.</summary>
    public int AcknowledgedWrites { get; private set; }

    /// <summary>Writes answered that were sent more than once.</summary>
    public int RepeatsAnswered { get; private set; }

    /// <summary>Reads answered.</summary>
    public int Reads { get; private set; }

    /// <summary>Linearizable reads among them.</summary>
    public int LinearizableReads { get; private set; }

    /// <summary>Watch events seen.</summary>
    public int Events { get; private set; }

    /// <summary>Requests answered with an error about their session.</summary>
    public int SessionErrors { get; private set; }

    /// <inheritdoc/>
    public void Attached(SimClient client, long session, bool isNew, int timeout)
    {
        if (!model.Sessions.TryGetValue(session, out var known))
        {
            throw new PropertyViolatedException("sessions go through the log", $"{client.Name} was given session {session:x}, which is not committed");
        }

        if (known.Timeout != timeout)
        {
            throw new PropertyViolatedException("sessions go through the log", $"{client.Name} was told a timeout of {timeout} ms for session {session:x}, the log says {known.Timeout}");
        }

        if (!isNew && client.Session != session)
        {
            throw new PropertyViolatedException("session order", $"{client.Name} asked for session {client.Session:x} and was given {session:x}");
        }
    }

    /// <inheritdoc/>
    public void Expired(SimClient client)
    {
        // ZooKeeper too tells so as soon as its leader has decided to close the session. Should that leader fail, the next one decides the same later.
        // A leader with too much under way decides before it can propose. One that has been replaced and does not know it yet has never heard of its successor's sessions (seed 1710); nor has ZooKeeper's.
        var decided = _epochs[client.Connection!.Value] < (model.Sessions.GetValueOrDefault(client.Session)?.Opened.Epoch ?? Epoch.None) || judge.IsClosing(client.Session) || _askedToClose.Contains(client.Session) || client.Silence >= (client.Timeout * 99L / 100) - 20;
        if (client.Session != 0 && model.Sessions[client.Session].Closed is null && !decided)
        {
            throw new PropertyViolatedException("sessions expire only after their timeout", $"{client.Name} was told that session {client.Session:x} has expired; no transaction says so");
        }
    }

    /// <inheritdoc/>
    public void Invoked(SimClient client, ClientRequest request)
    {
        request.CommittedBefore = broadcast.LastCommitted;
        if (request.Type == OpCode.CloseSession)
        {
            _askedToClose.Add(request.Session);
        }

        registry.Add(request);
    }

    /// <summary>A server sends something to a client, in some epoch. A connection never outlives the epoch of its server.</summary>
    public void Answers(ConnectionId connection, Epoch epoch) => _epochs[connection] = epoch;

    /// <inheritdoc/>
    public void Replied(SimClient client, Zxid zxid, ErrorCode error, ClientRequest? request)
    {
        // A first answer is given with its own zxid, whatever was seen since.
        if (zxid < client.LastSeen && request is not { SentAgain: true })
        {
            throw new PropertyViolatedException("session order", $"{client.Name} saw {client.LastSeen} and then {zxid} in the answer to {request?.ToString() ?? "a ping"}");
        }

        if (!broadcast.IsCommitted(zxid) && zxid.Counter != 0)
        {
            throw new PropertyViolatedException("only committed state is shown", $"{client.Name} saw {zxid}, which is not committed, in the answer to {request?.ToString() ?? "a ping"}");
        }

        CheckNoMissedEvent(client, zxid);
        if (request is null)
        {
            return;
        }

        if (error is ErrorCode.SessionExpired or ErrorCode.SessionMoved or ErrorCode.Closing or ErrorCode.ConnectionLoss or ErrorCode.Throttled)
        {
            SessionErrors++;
            if (request is { IsWrite: true, SentAgain: false } && judge.ResultOf(request) is { Error: ErrorCode.Ok } done)
            {
                throw new PropertyViolatedException("answers tell what happened", $"{client.Name} was told {error} for {request}, which was carried out at {done.Zxid}");
            }
        }
        else if (request.IsWrite)
        {
            CheckWrite(client, zxid, error, request);
        }
        else if (request.Type == OpCode.Sync)
        {
            CheckSync(client, zxid, request);
        }
        else
        {
            CheckRead(client, zxid, error, request);
        }
    }

    /// <inheritdoc/>
    public void WatchesSet(SimClient client, Zxid zxid)
    {
        // The protocol cannot tell of a node that came and went between two connections: the watch then simply stands.
        foreach (var (path, watch) in client.Watches.Data.ToArray())
        {
            if (watch is { OnAbsent: true, Rearmed: true } && model.FindAt(path, zxid) is null)
            {
                client.Watches.Data[path] = watch with { Since = zxid };
            }
        }
    }

    /// <inheritdoc/>
    public void Notified(SimClient client, WatchEventType type, string path)
    {
        Events++;
        var ofChildren = type == WatchEventType.NodeChildrenChanged;
        var told = false;
        if (!ofChildren && client.Watches.Data.Remove(path, out var data))
        {
            told = true;
            CheckEvent(client, type, path, data, model.FirstDataChange(path, data.Since));
        }

        if ((ofChildren || type == WatchEventType.NodeDeleted) && client.Watches.Children.Remove(path, out var children))
        {
            told = true;
            CheckEvent(client, type, path, children, model.FirstChildChange(path, children.Since));
        }

        if (!told)
        {
            throw new PropertyViolatedException("a watch fires at most once", $"{client.Name} was told {type} of {path} without having a watch for it");
        }
    }

    private static void CheckEvent(SimClient client, WatchEventType type, string path, WatchEntry watch, NodeChange? change)
    {
        if (change is null)
        {
            throw new PropertyViolatedException("watches tell real changes", $"{client.Name} was told {type} of {path}, but nothing changed since {watch.Since}");
        }

        if (!watch.Rearmed && change.Value.Type != type)
        {
            throw new PropertyViolatedException("watches tell real changes", $"{client.Name} was told {type} of {path}; the first change since {watch.Since} was {change.Value.Type} at {change.Value.Zxid}");
        }
    }

    private void CheckNoMissedEvent(SimClient client, Zxid zxid)
    {
        foreach (var (path, watch) in client.Watches.Data)
        {
            RequireTold(client, zxid, path, watch, model.FirstDataChange(path, watch.Since));
        }

        foreach (var (path, watch) in client.Watches.Children)
        {
            RequireTold(client, zxid, path, watch, model.FirstChildChange(path, watch.Since));
        }
    }

    private static void RequireTold(SimClient client, Zxid zxid, string path, WatchEntry watch, NodeChange? change)
    {
        if (change is { } missed && missed.Zxid <= zxid)
        {
            throw new PropertyViolatedException("a watch fires before its change shows", $"{client.Name} got a reply at {zxid} and no event: {path} has {missed.Type} at {missed.Zxid}, its watch stands since {watch.Since}");
        }
    }

    private void CheckWrite(SimClient client, Zxid zxid, ErrorCode error, ClientRequest request)
    {
        if (judge.ResultOf(request) is not { } expected)
        {
            throw new PropertyViolatedException("no acknowledged write is lost", $"{client.Name} got {error} at {zxid} for {request}, which is not in the committed sequence");
        }

        if (expected.Zxid != zxid)
        {
            throw new PropertyViolatedException("answers tell what happened", $"{client.Name} got {zxid} for {request}, which was committed at {expected.Zxid}");
        }

        RepeatsAnswered += request.SentAgain ? 1 : 0;
        AcknowledgedWrites += request.Outcome == Outcome.Ok ? 1 : 0;
        if (request.Type == OpCode.Multi)
        {
            var same = error == ErrorCode.Ok && request.PartResults.Count == expected.Parts.Count
                && request.PartResults.Zip(expected.Parts).All(p => Same(p.First, p.Second));
            Require(same, client, request, string.Join(", ", request.PartResults), string.Join(", ", expected.Parts));
        }
        else if (expected.Error != ErrorCode.Ok)
        {
            Require(error == expected.Error, client, request, error, expected.Error);
        }
        else
        {
            Require(error == ErrorCode.Ok && Same(request.Result, expected.Parts[0]), client, request, request.Result, expected.Parts[0]);
        }
    }

    // A leader that has been replaced and does not know it yet cannot tell what its successor has committed: nor can ZooKeeper's.
    private void CheckSync(SimClient client, Zxid zxid, ClientRequest request)
    {
        if (zxid < request.CommittedBefore && _epochs[client.Connection!.Value] >= request.CommittedBefore.Epoch)
        {
            throw new PropertyViolatedException("sync catches up", $"{client.Name} got {zxid} for {request}, before which {request.CommittedBefore} was committed");
        }
    }

    private void CheckRead(SimClient client, Zxid zxid, ErrorCode error, ClientRequest request)
    {
        Reads++;
        if (request.Linearizable)
        {
            LinearizableReads++;
            if (zxid < request.CommittedBefore)
            {
                throw new PropertyViolatedException("linearizable reads", $"{client.Name} got {zxid} for {request}, before which {request.CommittedBefore} was committed");
            }
        }

        var node = model.FindAt(request.Path, zxid);
        if (node is null)
        {
            Require(error == ErrorCode.NoNode, client, request, error, ErrorCode.NoNode);
            if (request.Watch && request.Type == OpCode.Exists)
            {
                client.Watches.Add(children: false, request.Path, zxid, onAbsent: true);
            }

            return;
        }

        Require(error == ErrorCode.Ok, client, request, error, ErrorCode.Ok);
        var isRoot = request.Path == "/";
        Require(isRoot || request.Result.Stat is null || request.Result.Stat == node.Stat, client, request, request.Result.Stat, node.Stat);
        var ofChildren = request.Type is OpCode.GetChildren or OpCode.GetChildren2;
        if (ofChildren)
        {
            Require(request.Children.SequenceEqual(node.Children, StringComparer.Ordinal), client, request, string.Join(", ", request.Children), string.Join(", ", node.Children));
        }
        else if (request.Type == OpCode.GetData)
        {
            Require(request.ReadValue == node.Value, client, request, request.ReadValue, node.Value);
        }

        if (request.Watch)
        {
            client.Watches.Add(ofChildren, request.Path, zxid, onAbsent: false);
        }
    }

    private static bool Same(PartResult seen, PartResult expected) =>
        seen.Type == expected.Type && seen.Error == expected.Error && seen.Path == expected.Path && (seen.Stat is null) == (expected.Stat is null)
        && (seen.Stat is null || seen.Stat == expected.Stat);

    private static void Require(bool condition, SimClient client, ClientRequest request, object? seen, object? expected)
    {
        if (!condition)
        {
            throw new PropertyViolatedException("answers tell what happened", $"{client.Name} asked {request} and got at {request.ReplyZxid}: {seen}; right is: {expected}");
        }
    }
}

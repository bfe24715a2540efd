using System.Text;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica.Commits;
using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Sessions;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Replica;

/// <summary>
/// The leader's work: checks sessions, prepares the writes of all servers' clients in the order in which they come, proposes them, expires
/// sessions, collects empty containers. Made anew for each leadership, so nothing of an earlier one is left.
/// </summary>
internal sealed partial class LeaderDesk : IReconfigurationRules
{
    private readonly ServerId _self;
    private readonly ReplicaOptions _options;
    private readonly ReplicaState _state;
    private readonly ZabPeer _peer;
    private readonly ILeaderClients _clients;
    private readonly TreesInUse _inUse;
    private readonly SessionTracker _sessions;
    private readonly OutstandingChanges _changes;
    private readonly RequestPreparer _preparer;
    private readonly CredentialsCache _credentials;
    private readonly Ring<Held> _held = new();
    private readonly SortedDictionary<ServerId, LearnerOutcomes> _learners = [];
    private readonly List<long> _expired = [];
    private readonly List<byte[]> _collectable = [];
    private readonly ByteBuffer _message = new();
    private readonly List<(ServerId To, ReadOnlyMemory<byte> Message)> _messages = [];
    private readonly int _mostHeld;
    private int _collected;
    private int _found;
    private bool _moreToLookAt;
    private Held? _unfinished;
    private long _nextCollection;
    private long _noExpiryBefore;
    private readonly long _since;
    private Zxid _lastProposed;
    private Zxid _lastListChange;
    private long _proposals;
    private int _lastBytes = -1;
    private int _leastBytes = -1;
    private int _mostBytes = -1;
    private Now _now;

    public LeaderDesk(
        ServerId self, ReplicaOptions options, ReplicaState state, ZabPeer peer, ILeaderClients clients, TreesInUse inUse, int servers, ulong seed, Now now)
    {
        _self = self;
        _options = options;
        _state = state;
        _peer = peer;
        _clients = clients;
        _inUse = inUse;
        _now = now;
        _since = now.Monotonic;
        _sessions = new SessionTracker(options.TickTime);
        _changes = new OutstandingChanges(() => state.Tree, seed);
        _preparer = new RequestPreparer(_changes, new PreparerRules(options.TtlNodes, options.SkipAcl, options.Tree == SpecialPaths.RootTree, options.EnforceQuota, options.Reconfiguration, options.MaxTxnBytes), this, seed);
        _credentials = new CredentialsCache(seed);
        _confirmations = new LeaderConfirmations(peer);
        var news = new List<Effect>();
        var sure = new RequestPreparer(_changes, new PreparerRules(true, true, false, false, false, int.MaxValue), this, seed);
        _part = new TreePart(options.Tree, state, this, _preparer, sure, news, seed);
        Commits = new CommitDesk(options, state, this, _part, news);
        _mostHeld = checked(options.MaxOutstandingRequests * 4 * Math.Max(servers, 1));
        _nextCollection = now.Monotonic + options.ContainerCheckInterval;
        _lastProposed = peer.LastLogged;

        // Their clients could not reach the leader meanwhile: each has its whole timeout to find the new one.
        foreach (var (session, timeout) in state.Sessions.ToSortedArray())
        {
            _sessions.Track(session, timeout, null, now.Monotonic, state.Results.LastOf(session));
        }
    }

    /// <summary>Whether something was proposed since <see cref="Flush"/>.</summary>
    public bool HasProposed { get; private set; }

    /// <summary>Sessions that may act.</summary>
    public int SessionCount => _sessions.Count;

    /// <summary>Requests that wait for room among the proposals.</summary>
    public int HeldCount => _held.Count;

    /// <summary>Monotonic ms at which <see cref="Tick"/> is due.</summary>
    public long? NextDeadline
    {
        get
        {
            var due = _nextCollection;
            if (_sessions.NextDeadline is { } expiry)
            {
                due = Math.Min(due, Math.Max(expiry, _noExpiryBefore));
            }

            if (_held.Count > 0 && CanPropose)
            {
                due = Math.Min(due, _deferred ? _now.Monotonic : _rounds.NextDeadline);
            }

            return Math.Min(due, Math.Min(_nextWait, _part.NextDeadline));
        }
    }

    /// <summary>What it knows of its ensemble and its proposals.</summary>
    public LeaderReport Report()
    {
        var observers = _learners.Keys.Count(l => !_peer.Configuration.IsParticipant(l));
        return new LeaderReport(_learners.Count - observers, observers, _proposals, _lastBytes, _leastBytes, _mostBytes, _since)
        {
            PreparedTransactions = _part.Prepared,
            LockedPaths = _part.LockedPaths,
            LockWaiters = _waiters.Count,
        };
    }

    /// <summary>A step begins.</summary>
    /// <param name="now">The moment.</param>
    /// <param name="moreFollows">Whether other inputs are there already: requests wait for theirs, and all are proposed together.</param>
    public void Begin(Now now, bool moreFollows)
    {
        _now = now;
        _moreFollows = moreFollows;
        _rounds.End(_held.Count, _peer.LastCommitted, now.Monotonic);
    }

    /// <summary>The host ran late: signs of life may wait in its queue, so nothing expires for a while.</summary>
    public void Forgive() => _noExpiryBefore = _now.Monotonic + _options.TickTime;

    /// <summary>A learner is synchronized: its clients may send.</summary>
    public void LearnerJoined(ServerId learner) => _learners[learner] = new LearnerOutcomes();

    /// <summary>A learner is gone: nobody waits for its requests any more.</summary>
    public void LearnerLost(ServerId learner)
    {
        _learners.Remove(learner);
        if (_unfinished is { } unfinished && unfinished.Origin == learner)
        {
            // The session ends all the same, but not for an answer on the learner's next channel.
            _unfinished = unfinished with { Origin = null };
        }

        _confirmations.Drop(learner);
        DropWaiters(learner);
        for (var i = _held.Count; i > 0; i--)
        {
            var held = _held.RemoveFirst();
            if (held.Origin != learner)
            {
                _held.Add(held);
            }
        }
    }

    /// <summary>A learner's message.</summary>
    /// <exception cref="FormatException">The bytes are no message.</exception>
    public void Receive(ServerId from, ReadOnlyMemory<byte> message)
    {
        if (!_learners.ContainsKey(from))
        {
            // It left in the same step; its clients' connections are closed there.
            return;
        }

        if (message.IsEmpty)
        {
            throw new FormatException("an empty message");
        }

        switch ((PeerMessageKind)message.Span[0])
        {
            case PeerMessageKind.Requests:
                var position = 1;
                while (position < message.Length)
                {
                    Submit(from, PeerMessages.ReadRequest(message, ref position, _credentials));
                }

                break;
            case PeerMessageKind.Touches:
                var touches = new Tree.CompactReader(message.Span[1..]);
                while (touches.Remaining > 0)
                {
                    Touch(touches.Fixed64("session id"));
                }

                break;
            case PeerMessageKind.Attach:
                var attach = new Tree.CompactReader(message.Span[1..]);
                var connection = attach.Fixed64("connection");
                Attach(from, connection, attach.Fixed64("session id"));
                break;
            case PeerMessageKind.Confirm:
                Confirm(from, new Tree.CompactReader(message.Span[1..]).Fixed64("ticket"));
                break;
            default:
                throw new FormatException($"message kind {message.Span[0]} is not for a leader");
        }
    }

    /// <summary>Takes a request of a client of some server.</summary>
    public void Submit(ServerId origin, in WriteRequest request)
    {
        _rounds.Arrived(request.SessionId, _now.Monotonic);
        if (HasRoom)
        {
            Process(new Held(origin, request));
            return;
        }

        // Whether its session was at that server is judged now: it may have come back there by the time of the request's turn, with other writes made elsewhere meanwhile.
        // A request that is refused keeps its place, so that answers stay in order, but not its body.
        var refusal = SessionRefusal(origin, request, out _) is var gone and not ErrorCode.Ok ? gone
            : _held.Count >= _mostHeld ? ErrorCode.Throttled
            : request.Type == OpCode.Reconfig && _peer.IsReconfiguring ? ErrorCode.ReconfigInProgress
            : ErrorCode.Ok;
        Hold(new Held(origin, refusal == ErrorCode.Ok ? request : request with { Body = default }, refusal));
    }

    /// <summary>A client has shown its session's password at a server.</summary>
    public void Attach(ServerId origin, long connection, long sessionId)
    {
        _sessions.TryAttach(sessionId, origin, _now.Monotonic, out var timeout);
        if (origin == _self)
        {
            _clients.Attached(new ConnectionId(connection), sessionId, timeout);
            return;
        }

        _message.Clear();
        PeerMessages.WriteAttached(_message, connection, sessionId, timeout);
        _messages.Add((origin, _message.Written.ToArray()));
    }

    /// <summary>A session's client gave a sign of life.</summary>
    public void Touch(long sessionId) => _sessions.Touch(sessionId, _now.Monotonic);

    /// <summary>A transaction is applied.</summary>
    public void Applied(Zxid zxid, long closedSession)
    {
        _changes.Applied(zxid);
        Commits.Applied(zxid);
        if (closedSession != 0)
        {
            _sessions.Remove(closedSession);
        }
    }

    /// <summary>Publishes the server list when it is not the one that the tree holds.</summary>
    public void PublishMembership()
    {
        // Once there was a reconfiguration, the files do not count any more.
        if (_options.Membership.IsEmpty || _state.LatestMembership is not null || !_state.Tree.TryFind(SpecialPaths.Config, out var node))
        {
            return;
        }

        var held = node.Data;
        var end = held.LastIndexOf("\nversion="u8);
        if (end < 0 || !held[..end].SequenceEqual(_options.Membership.Span))
        {
            SubmitOwn(new WriteRequest(0, 0, OpCode.Reconfig, Credentials.Server, _options.Membership));
        }
    }

    /// <summary>Sends what learners must know before the proposals themselves.</summary>
    public void Flush(List<Effect> effects)
    {
        if (HasProposed)
        {
            HasProposed = false;
            _rounds.Add(_lastProposed, checked((int)(_proposals - _proposedBefore)), hadRoom: _held.Count == 0);
            _proposedBefore = _proposals;
        }

        FlushConfirmations(effects);
        foreach (var (learner, outcomes) in _learners)
        {
            if (outcomes.Buffer.Length > 0)
            {
                _peer.SendApplication(learner, outcomes.Buffer.Written.ToArray(), effects);
                outcomes.Buffer.Clear();
            }
        }

        foreach (var (to, message) in _messages)
        {
            _peer.SendApplication(to, message, effects);
        }

        _messages.Clear();
        Commits.Flush(effects);
    }

    /// <summary>Nothing is proposed after a reconfiguration before it is committed: so whatever follows one in a log proves that it was.</summary>
    private bool CanPropose => _peer.CanPropose && !_peer.IsReconfiguring;

    bool IReconfigurationRules.IsUnderWay => _peer.IsReconfiguring || _lastListChange > _state.LastApplied;

    bool IReconfigurationRules.HasOtherTrees => _changes.TryGet(SpecialPaths.Trees, out var trees) && trees.Children > 0;

    MembershipList? IReconfigurationRules.Current
    {
        get
        {
            if (_state.LatestMembership is { } latest)
            {
                return MembershipText.Parse(Encoding.UTF8.GetString(latest.Text.Span));
            }

            if (_options.Tree != SpecialPaths.RootTree || _options.Membership.IsEmpty || !_state.Tree.TryFind(SpecialPaths.Config, out var node))
            {
                return null;
            }

            // A super user may have written anything into the node; the list itself is that of the files.
            return MembershipText.Parse(Encoding.UTF8.GetString(_options.Membership.Span)) with { Version = new Zxid(node.Stat.Mzxid) };
        }
    }

    bool IReconfigurationRules.IsQuorumSynced(QuorumConfiguration next) => next.IsQuorum([_self, .. _learners.Keys]);

    bool IReconfigurationRules.IsInUse(ReadOnlySpan<byte> tree) => _inUse.Contains(tree);

    private void Process(Held held)
    {
        var (origin, request, refusal, _) = held;
        if (IsBehindWaiters(held))
        {
            return;
        }

        if (origin is { } server && request.Type == OpCode.CreateSession)
        {
            var reader = new JuteReader(request.Body.Span);
            var keepsResults = request.Body.Length > sizeof(int);
            _sessions.Track(request.SessionId, reader.ReadInt(), server, _now.Monotonic, keepsResults ? 0 : null);
            held = held with { Request = request with { KeepsResult = keepsResults } };
        }
        else if (origin is { } asking && _resumed is not { IsEnding: true } && !MayAct(ref held, asking))
        {
            return;
        }

        if (refusal != ErrorCode.Ok)
        {
            Refuse(held, refusal);
            return;
        }

        if (request.Type == OpCode.Sync)
        {
            Tell(held, Outcome.After(_lastProposed, ErrorCode.Ok));
            return;
        }

        if (request.Type == OpCode.CloseSession)
        {
            _sessions.SetClosing(request.SessionId);
            if (MustWait(held))
            {
                return;
            }

            Trim(request.SessionId);
            if (!CanPropose)
            {
                _unfinished = held;
                return;
            }
        }
        else if (MustWait(held))
        {
            return;
        }

        Prepare(held);
    }

    private void Prepare(in Held held)
    {
        var request = held.Request;
        if (!_preparer.TryPrepare(request, _peer.NextZxid, _now.Wall, out var payload))
        {
            return;
        }

        if (_preparer.Reconfigured is { } next)
        {
            Propose(Membership.Compose(next, payload.Span), TxnKind.Reconfiguration);
        }
        else
        {
            Propose(payload);
        }

        if (request.Type == OpCode.Reconfig && (_preparer.Reconfigured is not null || request.SessionId == 0))
        {
            _lastListChange = _lastProposed;
        }

        NoteAndTell(held);
    }

    private void Propose(ReadOnlyMemory<byte> payload, TxnKind kind = TxnKind.Application)
    {
        _lastProposed = _peer.Propose(kind, payload);
        HasProposed = true;
        _proposals++;
        _lastBytes = payload.Length;
        _leastBytes = _leastBytes < 0 ? payload.Length : Math.Min(_leastBytes, payload.Length);
        _mostBytes = Math.Max(_mostBytes, payload.Length);
    }

    private void Tell(in Held held, Outcome outcome)
    {
        if (held.Origin is not { } server)
        {
            return;
        }

        outcome = held.Number == 0 ? outcome : outcome with { Number = held.Number };

        if (server == _self)
        {
            _clients.Assigned(outcome);
        }
        else if (_learners.TryGetValue(server, out var outcomes))
        {
            PeerMessages.WriteOutcome(outcomes.Buffer, outcome, ref outcomes.Last);
        }
    }

    /// <param name="Origin">The server whose client asks; null for this leader itself.</param>
    /// <param name="Request">The request.</param>
    /// <param name="Refusal">What it will be answered with, when that is clear already.</param>
    /// <param name="Number">Under which number its outcome is told, when it has stepped aside.</param>
    private readonly record struct Held(ServerId? Origin, WriteRequest Request, ErrorCode Refusal = ErrorCode.Ok, int Number = 0);

    private sealed class LearnerOutcomes
    {
        public Zxid Last;

        public int LastNumber;

        public ByteBuffer Buffer { get; } = new();
    }
}

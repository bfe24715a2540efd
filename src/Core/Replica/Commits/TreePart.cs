using System.Text;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Requests;
using GrainKeeper.Core.Requests.Locks;

namespace GrainKeeper.Core.Replica.Commits;

/// <summary>
/// The tree as the resource behind a participant, on the leader: tries operations, locks their paths, and carries out what was decided. A lock is held from the vote until
/// the decision is carried out; with the prepared record in the log it is found there by every later leader, before that admits anything else.
/// </summary>
internal sealed class TreePart
{
    private const int MostWaiting = 1_024;
    private const int MostHeld = 10_000;
    private const int TentativeLimit = 60_000;
    private readonly ReplicaState _state;
    private readonly ICommitLeader _leader;
    private readonly RequestPreparer _trial;
    private readonly RequestPreparer _sure;
    private readonly PathLocks<TransactionId> _locks;
    private readonly Dictionary<TransactionId, Part> _parts = [];
    private readonly Queue<(long Until, TransactionId Id, Part Part)> _tentative = new();
    private readonly List<Effect> _news;
    private List<Waiting> _waiting = [];
    private bool _freed;

    /// <param name="tree">The tree's name.</param>
    /// <param name="state">The state at the beginning of the leadership: all that was prepared before is in it.</param>
    /// <param name="leader">Proposes.</param>
    /// <param name="trial">Tries operations by the rules that clients' requests are under.</param>
    /// <param name="sure">Carries out what was tried before: no rule that may have changed since stands against it.</param>
    /// <param name="news">Where votes go.</param>
    /// <param name="seed">For hashing.</param>
    public TreePart(string tree, ReplicaState state, ICommitLeader leader, RequestPreparer trial, RequestPreparer sure, List<Effect> news, ulong seed)
    {
        (_state, _leader, _trial, _sure, _news) = (state, leader, trial, sure, news);
        Self = PartyOf(tree);
        _locks = new PathLocks<TransactionId>(seed);
        foreach (var commit in state.Commits.ToArray())
        {
            if (commit.Key.Owner == Self && !commit.IsFinished && PreparedOf(commit) is { } prepared)
            {
                Recover(commit.Key.Id, prepared);
            }
        }
    }

    /// <summary>The tree as a party.</summary>
    public CommitParty Self { get; }

    /// <summary>Whether nothing is locked.</summary>
    public bool IsIdle => _locks.IsEmpty;

    /// <summary>Transactions with a prepared record that are not finished.</summary>
    public int Prepared => _parts.Values.Count(p => p.IsRecorded);

    /// <summary>Paths locked.</summary>
    public int LockedPaths => _locks.Count;

    /// <summary>Monotonic ms at which <see cref="Tick"/> is due.</summary>
    public long NextDeadline
    {
        get
        {
            var due = _tentative.TryPeek(out var first) ? first.Until : long.MaxValue;
            foreach (var waiting in _waiting)
            {
                due = Math.Min(due, waiting.Until);
            }

            return due;
        }
    }

    /// <summary>The name under which a tree takes part.</summary>
    public static CommitParty PartyOf(string tree) => CommitParty.Of(new ParticipantId("tree." + tree));

    /// <summary>The prepared record among a party's records, or null.</summary>
    public static CommitRecord.Prepared? PreparedOf(StoredCommit commit)
    {
        foreach (var record in commit.Records())
        {
            if (record is CommitRecord.Prepared prepared)
            {
                return prepared;
            }
        }

        return null;
    }

    /// <summary>Whether locks were freed since the last call.</summary>
    public bool TakeFreed()
    {
        var freed = _freed;
        _freed = false;
        return freed;
    }

    /// <summary>Whether needs stand against what transactions have locked.</summary>
    public bool TryFindConflict(List<LockNeed> needs, out LockConflict<TransactionId> conflict) => _locks.TryFindConflict(needs, null, out conflict);

    /// <summary>Tries and locks; votes at once, or when the locks in the way are free, or when it has waited for too long.</summary>
    public void Prepare(CommitRequest.Prepare request)
    {
        TreeOperations operations;
        try
        {
            operations = TreeOperations.Decode(request.Payload);
        }
        catch (FormatException e)
        {
            Vote(request.Ticket, AtomicCommit.Vote.No(e.Message));
            return;
        }

        var needs = new List<LockNeed>();
        LockNeeds.Collect(operations.ToRequest(), needs);
        if (Problem(request.Id, needs) is { } problem)
        {
            Vote(request.Ticket, AtomicCommit.Vote.No(problem));
        }
        else if (operations.Count == 0)
        {
            // Protocols that take it as a Yes keep a record of it, and that needs its redo.
            Tell(new CommitNews.Prepared(request.Ticket, AtomicCommit.Vote.ReadOnly, request.Payload));
        }
        else
        {
            var part = new Part(operations, needs, request.Payload);
            var until = _leader.Now.Monotonic + Math.Clamp(request.LockWait, 0, 3_600_000);
            Try(new Waiting(request.Ticket, request.Id, part, until));
        }
    }

    /// <summary>
    /// Why a record of the tree's own part may not be written; null when it may. Prepared needs a vote with this redo, whose locks are still held; the decision to commit needs the
    /// prepared record, whose locks are still held: what was given up can not be committed any more.
    /// </summary>
    public string? ProblemOfRecord(TransactionId id, CommitRecord record)
    {
        var part = _parts.GetValueOrDefault(id);
        return record switch
        {
            CommitRecord.Prepared prepared when part is null && IsNothing(prepared.Redo) => null,
            CommitRecord.Prepared prepared when part is not { IsRecorded: false } || !part.Payload.Span.SequenceEqual(prepared.Redo.Span) =>
                $"{id} has not been prepared here, or not for as long as {TentativeLimit} ms",
            CommitRecord.Decided { Decision: Decision.Commit } when part is not { IsRecorded: true } => $"{id} holds no locks here: it cannot be committed",
            _ => null,
        };
    }

    /// <summary>The prepared record is proposed.</summary>
    public void Recorded(TransactionId id, CommitRecord.Prepared record)
    {
        if (!_parts.TryGetValue(id, out var part))
        {
            part = new Part(TreeOperations.Decode(record.Redo), [], record.Redo);
            _parts.Add(id, part);
        }

        part.IsRecorded = true;
    }

    /// <summary>Whether the party's records are still needed.</summary>
    public bool Holds(TransactionId id) => _parts.ContainsKey(id);

    /// <summary>Carries out or gives up a transaction.</summary>
    /// <param name="id">The transaction.</param>
    /// <param name="commit">Which.</param>
    /// <param name="key">The encoded key of this tree's part.</param>
    /// <param name="zxid">The next zxid.</param>
    /// <param name="payload">What to propose; empty when nothing: it is done, or being done, already.</param>
    /// <returns>Why not; null when it is done with the payload's commit.</returns>
    public string? Finish(TransactionId id, bool commit, ReadOnlySpan<byte> key, Zxid zxid, out ReadOnlyMemory<byte> payload)
    {
        payload = default;
        var stored = _state.Commits.Find(new CommitKey(id, Self));
        if (!_parts.TryGetValue(id, out var part))
        {
            return commit && (stored is null || PreparedOf(stored) is null) ? $"{id} is not prepared here" : GiveUpWaiting(id);
        }

        if (!part.IsRecorded)
        {
            if (commit)
            {
                return $"{id} is not prepared here";
            }

            Free(id, part);
            return null;
        }

        var committed = stored is not null && stored.Records().Any(r => r is CommitRecord.Decided { Decision: Decision.Commit });
        if (commit != committed && (commit || committed))
        {
            return commit ? $"the decision to commit {id} is not in the log" : $"{id} is committed: it cannot be given up";
        }

        payload = _sure.Finish(key, commit ? part.Operations.ToRequest() : null, zxid, _leader.Now.Wall);
        Free(id, part);
        return null;
    }

    /// <summary>Locks were freed: who waits may have them.</summary>
    public void Retry()
    {
        var all = _waiting;
        _waiting = [];
        foreach (var waiting in all)
        {
            Try(waiting);
        }
    }

    /// <summary>Does what is due.</summary>
    public void Tick()
    {
        var now = _leader.Now.Monotonic;
        while (_tentative.TryPeek(out var first) && first.Until <= now)
        {
            _tentative.Dequeue();
            if (!first.Part.IsRecorded && _parts.TryGetValue(first.Id, out var part) && part == first.Part)
            {
                // Its host is gone without a word; it can no longer write its record.
                Free(first.Id, part);
            }
        }

        if (_waiting.Exists(w => w.Until <= now))
        {
            Retry();
        }
    }

    /// <summary>The leadership is over.</summary>
    public void End(string reason)
    {
        foreach (var waiting in _waiting)
        {
            Tell(new CommitNews.Answered(waiting.Ticket, CommitAnswer.Refused, reason));
        }

        _waiting = [];
    }

    private static bool IsNothing(ReadOnlyMemory<byte> redo)
    {
        try
        {
            return TreeOperations.Decode(redo).Count == 0;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private void Recover(TransactionId id, CommitRecord.Prepared prepared)
    {
        var operations = TreeOperations.Decode(prepared.Redo);
        var part = new Part(operations, [], prepared.Redo) { IsRecorded = true };
        LockNeeds.Collect(operations.ToRequest(), part.Needs);
        var conflicts = _locks.TryFindConflict(part.Needs, id, out var conflict);
        Invariant.That(!conflicts, $"{id} and {conflict.Holder} are both prepared on {Text(conflict.Path)}");
        _locks.Lock(id, part.Needs);
        _parts.Add(id, part);
    }

    private string? Problem(TransactionId id, List<LockNeed> needs)
    {
        if (_parts.ContainsKey(id) || _waiting.Exists(w => w.Id == id) || _state.Commits.Find(new CommitKey(id, Self)) is not null)
        {
            return $"{id} is known here already";
        }

        if (_parts.Count >= MostHeld)
        {
            return $"{_parts.Count} transactions hold locks in this tree, at most {MostHeld}";
        }

        foreach (var need in needs)
        {
            var path = need.Path.Span;
            if (path.StartsWith("/zookeeper"u8) && (path.Length == 10 || path[10] == (byte)'/'))
            {
                return $"operation {need.Part + 1} concerns {Text(need.Path)}, which is the servers' own";
            }
        }

        return null;
    }

    private void Try(in Waiting waiting)
    {
        if (_locks.TryFindConflict(waiting.Part.Needs, waiting.Id, out var conflict))
        {
            var over = _leader.Now.Monotonic >= waiting.Until;
            if (over || _waiting.Count >= MostWaiting)
            {
                var why = over ? "waited too long" : $"found {MostWaiting} others waiting";
                Vote(waiting.Ticket, AtomicCommit.Vote.No($"{waiting.Id} {why} for {conflict.Holder}, which has locked {Text(conflict.Path)}"));
                return;
            }

            _waiting.Add(waiting);
            return;
        }

        var request = waiting.Part.Operations.ToRequest();
        var code = _trial.Try(request, _leader.LastProposed, _leader.Now.Wall, out var failed);
        if (code != ErrorCode.Ok)
        {
            Vote(waiting.Ticket, AtomicCommit.Vote.No($"operation {failed + 1}{PathOf(waiting.Part.Needs, failed)}: {code}"));
            return;
        }

        _locks.Lock(waiting.Id, waiting.Part.Needs);
        _parts.Add(waiting.Id, waiting.Part);
        _tentative.Enqueue((_leader.Now.Monotonic + TentativeLimit, waiting.Id, waiting.Part));
        Tell(new CommitNews.Prepared(waiting.Ticket, AtomicCommit.Vote.Yes, waiting.Part.Payload));
    }

    private string? GiveUpWaiting(TransactionId id)
    {
        foreach (var waiting in _waiting.FindAll(w => w.Id == id))
        {
            Vote(waiting.Ticket, AtomicCommit.Vote.No("given up"));
        }

        _waiting.RemoveAll(w => w.Id == id);
        return null;
    }

    private void Free(TransactionId id, Part part)
    {
        _parts.Remove(id);
        _locks.Free(id, part.Needs);
        _freed = true;
    }

    private void Vote(long ticket, Vote vote) => Tell(new CommitNews.Prepared(ticket, vote, default));

    private void Tell(CommitNews news) => _news.Add(new ReplicaEffect.Commit(news));

    private static string PathOf(List<LockNeed> needs, int part)
    {
        var at = needs.FindIndex(n => n.Part == part);
        return at < 0 ? string.Empty : $" on {Text(needs[at].Path)}";
    }

    private static string Text(ReadOnlyMemory<byte> path) => Encoding.UTF8.GetString(path.Span);

    private sealed class Part(TreeOperations operations, List<LockNeed> needs, ReadOnlyMemory<byte> payload)
    {
        public TreeOperations Operations { get; } = operations;

        public List<LockNeed> Needs { get; } = needs;

        public ReadOnlyMemory<byte> Payload { get; } = payload;

        public bool IsRecorded { get; set; }
    }

    private readonly record struct Waiting(long Ticket, TransactionId Id, Part Part, long Until);
}

using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica.Commits;
using GrainKeeper.Simulation.Clients;

namespace GrainKeeper.Simulation.Checking;

/// <summary>
/// Trees as participants: what is decided to commit is carried out, once and whole; what is not, never; nobody changes what a prepared transaction has locked; no lock outlives its transaction.
/// It also is the coordinator: it decides each transaction once.
/// </summary>
public sealed class TreeTransactionChecker
{
    private readonly Dictionary<TransactionId, Transaction> _all = [];
    private readonly Dictionary<string, TransactionId> _locked = new(StringComparer.Ordinal);
    private long _sequence;

    /// <summary>The party that a tree is.</summary>
    public static CommitParty Tree { get; } = CommitParty.Of(new ParticipantId("tree.root"));

    /// <summary>Transactions begun.</summary>
    public int Begun => _all.Count;

    /// <summary>Transactions carried out.</summary>
    public int CarriedOut { get; private set; }

    /// <summary>Prepared transactions given up.</summary>
    public int GivenUp { get; private set; }

    /// <summary>Requests of clients that waited too long.</summary>
    public int TimedOut { get; private set; }

    /// <summary>A transaction that is prepared and not finished, or null.</summary>
    public TransactionId? InDoubt => _all.FirstOrDefault(t => t.Value is { IsPrepared: true, IsFinished: false }) is { Value: not null } found ? found.Key : null;

    /// <summary>What every state must say of the trees' parts.</summary>
    public IEnumerable<StateFact> Facts() =>
        _all.Where(t => t.Value.Records.Count > 0).Select(t => StateFact.OfPart(t.Key, t.Value.Records, t.Value.IsFinished));

    /// <summary>Begins a transaction.</summary>
    public TransactionId Begin(ClientRequest operations)
    {
        var id = new TransactionId("root", 2, ++_sequence);
        _all.Add(id, new Transaction(operations));
        return id;
    }

    /// <summary>Decides, once.</summary>
    public Decision Decide(TransactionId id, SimRandom random)
    {
        var transaction = _all[id];
        Require(transaction.IsPrepared, "a vote follows the record", $"{id} is decided before its record is committed");
        transaction.Decision ??= random.Chance(0.7) ? Decision.Commit : Decision.Abort;
        return transaction.Decision.Value;
    }

    /// <summary>A tree's part writes a record.</summary>
    public void Committed(Zxid zxid, CommitLogEntry entry)
    {
        var transaction = _all[entry.Id];
        transaction.Records.Add(entry.Record.GetType().Name);
        if (entry.Record is not CommitRecord.Prepared)
        {
            return;
        }

        Require(!transaction.IsPrepared && !transaction.IsFinished, "prepared once", $"{zxid} prepares {entry.Id} again");
        transaction.IsPrepared = true;
        foreach (var part in transaction.Operations.Parts)
        {
            if (part.Flags == 0 && part.Type != OpCode.Check)
            {
                Require(!_locked.TryGetValue(part.Path, out var other) || other == entry.Id, "one lock on a path", $"{entry.Id} and {other} are both prepared on {part.Path}");
                _locked[part.Path] = entry.Id;
            }
        }
    }

    /// <summary>A tree carries out its part, or gives it up.</summary>
    /// <returns>The operations that it must carry out; null when none.</returns>
    public ClientRequest? Finished(Zxid zxid, TransactionId id, bool hasOperations)
    {
        var transaction = _all[id];
        Require(transaction is { IsPrepared: true, IsFinished: false }, "finished once", $"{zxid} finishes {id} again, or before it was prepared");
        Require(
            hasOperations == (transaction.Decision == Decision.Commit), "what is decided is carried out", $"{zxid} {(hasOperations ? "carries out" : "gives up")} {id}, whose decision is {transaction.Decision}");
        transaction.IsFinished = true;
        foreach (var path in _locked.Where(l => l.Value == id).Select(l => l.Key).ToArray())
        {
            _locked.Remove(path);
        }

        CarriedOut += hasOperations ? 1 : 0;
        GivenUp += hasOperations ? 0 : 1;
        return hasOperations ? transaction.Operations : null;
    }

    /// <summary>A client's request, or the end of a session, changes paths.</summary>
    public void Changes(Zxid zxid, IEnumerable<string> paths)
    {
        if (_locked.Count == 0)
        {
            return;
        }

        foreach (var path in paths)
        {
            Require(!_locked.TryGetValue(path, out var id), "locked paths do not change", $"{zxid} changes {path}, which {id} has locked");
        }
    }

    /// <summary>A client's request has waited too long.</summary>
    public void TimeOut(Zxid zxid)
    {
        Require(_all.Count > 0, "only locks make wait", $"{zxid} says that a request waited for a lock, but there never was one");
        TimedOut++;
    }

    private static void Require(bool condition, string property, string problem)
    {
        if (!condition)
        {
            throw new PropertyViolatedException(property, problem);
        }
    }

    private sealed class Transaction(ClientRequest operations)
    {
        public ClientRequest Operations { get; } = operations;

        public List<string> Records { get; } = [];

        public Decision? Decision { get; set; }

        public bool IsPrepared { get; set; }

        public bool IsFinished { get; set; }
    }
}

using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica.Commits;

namespace GrainKeeper.Simulation.Checking;

/// <summary>
/// What a host of atomic commit relies on: what was acknowledged is found by every later leader, in its order; what an established leader does not find never turns up afterwards.
/// Each record carries a number that no other has.
/// </summary>
public sealed class CommitRecordChecker
{
    private readonly Dictionary<CommitKey, List<long>> _table = [];
    private readonly Dictionary<long, (Epoch Epoch, CommitKey Key)> _issued = [];
    private readonly HashSet<long> _committed = [];
    private readonly HashSet<long> _acknowledged = [];
    private readonly HashSet<CommitKey> _forgetting = [];
    private readonly HashSet<long> _gone = [];

    /// <summary>Records acknowledged.</summary>
    public int Acknowledged => _acknowledged.Count;

    /// <summary>Reads answered.</summary>
    public int Reads { get; private set; }

    /// <summary>Records of which a later leader found that they are lost for ever.</summary>
    public int Gone => _gone.Count;

    /// <summary>What every state must say of the records.</summary>
    public IEnumerable<StateFact> Facts() => _table.Select(t => StateFact.OfCommit(t.Key, t.Value));

    /// <summary>The number in a record.</summary>
    public static long NumberOf(CommitRecord record) => record is CommitRecord.Decided decided
        ? long.Parse(decided.Reason, System.Globalization.CultureInfo.InvariantCulture)
        : throw new InvalidOperationException($"an unknown record {record.Describe()}");

    /// <summary>A record is handed to a leader.</summary>
    public void Issued(Epoch epoch, CommitKey key, long number) => _issued.Add(number, (epoch, key));

    /// <summary>A leader is asked to forget.</summary>
    public void Forgetting(CommitKey key) => _forgetting.Add(key);

    /// <summary>A record is committed.</summary>
    public void Committed(Zxid zxid, CommitLogEntry entry)
    {
        var number = NumberOf(entry.Record);
        var key = new CommitKey(entry.Id, entry.Owner);
        Require(_issued.TryGetValue(number, out var issued) && issued.Key == key, "only what was written is a record", $"{zxid} commits {number} for {key}");
        Require(_committed.Add(number), "a record is committed once", $"{zxid} commits {number} again");
        Require(!_gone.Contains(number), "what is missing never turns up", $"{zxid} commits {number} for {key}, which an established leader did not find");
        Require(zxid.Epoch == issued.Epoch, "a record is of its leadership", $"{zxid} commits {number}, which was written in epoch {issued.Epoch}");
        if (!_table.TryGetValue(key, out var all))
        {
            _table.Add(key, all = []);
        }

        all.Add(number);
    }

    /// <summary>A party's records are removed.</summary>
    public void Forgotten(Zxid zxid, CommitKey key)
    {
        Require(_forgetting.Contains(key), "nothing is forgotten unasked", $"{zxid} forgets {key}");
        _table.Remove(key);
    }

    /// <summary>A record was acknowledged.</summary>
    public void Done(long number)
    {
        Require(_committed.Contains(number), "acknowledged is committed", $"{number} is acknowledged, but not committed");
        _acknowledged.Add(number);
    }

    /// <summary>A leader was told of as established.</summary>
    public void Began(ServerId server, Epoch epoch, IReadOnlyList<StoredCommit> commits)
    {
        var found = new HashSet<long>();
        foreach (var commit in commits)
        {
            Match($"server {server} begins epoch {epoch} with", commit);
            found.UnionWith(commit.Records().Select(NumberOf));
        }

        foreach (var (number, (of, key)) in _issued)
        {
            if (of < epoch && !found.Contains(number) && !_forgetting.Contains(key))
            {
                Require(!_acknowledged.Contains(number), "acknowledged is found", $"server {server} begins epoch {epoch} without {number} of {key}");
                Lose(number);
            }
        }
    }

    /// <summary>What must be in the answer to a read that is asked now.</summary>
    public IReadOnlyList<long> Asked(Epoch epoch, CommitKey key, bool barrier) =>
        [.. _issued.Where(i => i.Value.Key == key && (barrier || i.Value.Epoch == epoch)).Select(i => i.Key)];

    /// <summary>A read was answered.</summary>
    /// <param name="key">Whose records.</param>
    /// <param name="before">What had been written when it was asked.</param>
    /// <param name="commit">The answer.</param>
    public void WasRead(CommitKey key, IReadOnlyList<long> before, StoredCommit? commit)
    {
        Reads++;
        if (commit is not null)
        {
            Match("a read gives", commit);
        }

        var found = commit?.Records().Select(NumberOf).ToHashSet() ?? [];
        foreach (var number in before)
        {
            if (!found.Contains(number) && !_forgetting.Contains(key))
            {
                Require(!_acknowledged.Contains(number), "acknowledged is found", $"a read of {key} lacks {number}");
                Lose(number);
            }
        }
    }

    private void Lose(long number)
    {
        if (!_committed.Contains(number))
        {
            _gone.Add(number);
        }
    }

    private void Match(string who, StoredCommit commit)
    {
        var numbers = commit.Records().Select(NumberOf).ToArray();
        var known = _table.GetValueOrDefault(commit.Key) ?? [];
        Require(
            _forgetting.Contains(commit.Key) || known.Take(numbers.Length).SequenceEqual(numbers),
            "records in their order",
            $"{who} [{string.Join(' ', numbers)}] for {commit.Key}; committed are [{string.Join(' ', known)}]");
    }

    private static void Require(bool condition, string property, string problem)
    {
        if (!condition)
        {
            throw new PropertyViolatedException(property, problem);
        }
    }
}

using System.Text;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Simulation.Clients;

namespace GrainKeeper.Simulation.Checking;

/// <summary>One thing that a state says: a node with its stat and value, or a session with its timeout.</summary>
/// <param name="Name">The path, or the session.</param>
/// <param name="Stat">The node's stat.</param>
/// <param name="Value">The node's value, or the session's timeout.</param>
public readonly record struct StateFact(string Name, NodeStat Stat, long Value)
{
    private const string ResultsPrefix = "answers of session ";

    /// <summary>What a state says of a session.</summary>
    public static StateFact OfSession(long session, int timeout) => new(SessionName(session), default, timeout);

    /// <summary>What a state says of a party's records of atomic commit.</summary>
    public static StateFact OfCommit(CommitKey key, IEnumerable<long> numbers)
    {
        var value = 17L;
        foreach (var number in numbers)
        {
            value = unchecked((value * 1_000_003) + number);
        }

        return new StateFact($"commit {key}", default, value);
    }

    /// <summary>What a state says of the tree's own part in a transaction.</summary>
    public static StateFact OfPart(TransactionId id, IEnumerable<string> records, bool isFinished) =>
        new($"part in {id}: {string.Join(", ", records)}", default, isFinished ? 1 : 0);

    /// <summary>What a state says of the answers that a session keeps. They are compared between servers; what is right shows when one is given.</summary>
    public static StateFact OfResults(long session, int last, long digest) => new($"{ResultsPrefix}{session:x} up to {last}", default, digest);

    /// <summary>Whether it is about answers that a session keeps.</summary>
    public bool IsOfResults => Name.StartsWith(ResultsPrefix, StringComparison.Ordinal);

    /// <summary>The name of a session's fact.</summary>
    public static string SessionName(long session) => $"session {session:x}";

    /// <summary>A number for a set of facts that does not depend on their order.</summary>
    public static ulong Digest(IEnumerable<StateFact> facts)
    {
        var sum = 0UL;
        foreach (var fact in facts)
        {
            sum += fact.Hash();
        }

        return sum;
    }

    /// <summary>Nodes that servers make for themselves: their stats differ from what clients could cause.</summary>
    public static bool IsOwn(string path) => path == "/" || path == "/zookeeper" || path.StartsWith("/zookeeper/", StringComparison.Ordinal);

    private ulong Hash()
    {
        var hash = 14695981039346656037UL;
        foreach (var b in Encoding.UTF8.GetBytes(Name))
        {
            Mix(ref hash, b);
        }

        Mix(ref hash, Stat.Czxid);
        Mix(ref hash, Stat.Mzxid);
        Mix(ref hash, Stat.Pzxid);
        Mix(ref hash, Stat.Ctime);
        Mix(ref hash, Stat.Mtime);
        Mix(ref hash, ((long)Stat.Version << 32) | (uint)Stat.Cversion);
        Mix(ref hash, ((long)Stat.Aversion << 32) | (uint)Stat.DataLength);
        Mix(ref hash, Stat.EphemeralOwner);
        Mix(ref hash, Stat.NumChildren);
        Mix(ref hash, Value);
        return hash;
    }

    private static void Mix(ref ulong hash, long fact)
    {
        hash = (hash ^ (ulong)fact) * 1099511628211UL;
        hash ^= hash >> 29;
    }
}

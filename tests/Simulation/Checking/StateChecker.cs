using GrainKeeper.Core.Quorum;
using GrainKeeper.Simulation.Model;

namespace GrainKeeper.Simulation.Checking;

/// <summary>Two servers that have applied the same transaction have the same state, and it is the model's. No state has an ephemeral node without its session.</summary>
public sealed class StateChecker(TreeModel? model, CommitRecordChecker commits, TreeTransactionChecker transactions)
{
    private readonly Dictionary<Zxid, (ulong Digest, string Who)> _known = [];

    /// <summary>States compared.</summary>
    public int Compared { get; private set; }

    /// <summary>Compares a serving server's state with all others seen at the same zxid.</summary>
    /// <param name="server">The server.</param>
    /// <param name="applied">The last transaction in its state.</param>
    /// <param name="facts">The state.</param>
    public void Check(ServerId server, Zxid applied, IReadOnlyList<StateFact> facts)
    {
        Compared++;
        CheckOwners(server, applied, facts);
        if (model is not null && model.Last == applied)
        {
            Compare($"server {server}", facts, applied);
        }

        var digest = StateFact.Digest(facts);
        if (!_known.TryGetValue(applied, out var known))
        {
            _known.Add(applied, (digest, $"server {server}"));
        }
        else if (known.Digest != digest)
        {
            throw new PropertyViolatedException("equal states", $"server {server} and {known.Who} differ at {applied}");
        }
    }

    private static void CheckOwners(ServerId server, Zxid applied, IReadOnlyList<StateFact> facts)
    {
        HashSet<string>? names = null;
        foreach (var fact in facts)
        {
            if (fact.Stat.EphemeralOwner is not 0 and var owner)
            {
                names ??= [.. facts.Select(f => f.Name)];
                if (!names.Contains(StateFact.SessionName(owner)))
                {
                    throw new PropertyViolatedException("ephemerals go with their session", $"server {server} has {fact.Name} at {applied}, but no session {owner:x}");
                }
            }
        }
    }

    private void Compare(string who, IReadOnlyList<StateFact> facts, Zxid applied)
    {
        var expected = model!.Facts().Concat(commits.Facts()).Concat(transactions.Facts()).ToDictionary(f => f.Name, StringComparer.Ordinal);
        foreach (var fact in facts.Where(f => !f.IsOfResults))
        {
            if (!expected.Remove(fact.Name, out var right))
            {
                throw new PropertyViolatedException("equal states", $"{who} has {fact} at {applied}, which should not be there");
            }

            if (right != fact)
            {
                throw new PropertyViolatedException("equal states", $"{who} has {fact} at {applied}; right is {right}");
            }
        }

        if (expected.Count > 0)
        {
            throw new PropertyViolatedException("equal states", $"{who} lacks {expected.Values.First()} at {applied}");
        }
    }
}

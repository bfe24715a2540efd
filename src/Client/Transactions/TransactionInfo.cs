using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Client.Transactions;

/// <summary>A transaction as the servers list it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Protocol">How its participants agree; null while no server that answers knows.</param>
/// <param name="Decision">What was decided; null while nobody who answers knows of a decision. Should parties disagree, what most have.</param>
/// <param name="Since">When the first of the parties began.</param>
/// <param name="Participants">Who takes part, as far as it is known.</param>
/// <param name="Parties">Every party on every server that answers.</param>
public sealed record TransactionInfo(
    string Id, CommitProtocol? Protocol, Decision? Decision, DateTimeOffset Since, IReadOnlyList<string> Participants, IReadOnlyList<TransactionSummary> Parties)
{
    /// <summary>Whether a participant has voted Yes and knows no decision.</summary>
    public bool IsInDoubt => Parties.Any(p => p.InDoubt);

    /// <summary>Whether nobody has anything more to do.</summary>
    public bool IsFinished => Parties.All(p => p.Finished);

    /// <summary>Whether two parties have decided differently: damage that only people can mend.</summary>
    public bool IsContradictory => Parties.Where(p => p.Decision != 0).DistinctBy(p => p.Decision).Count() > 1;

    internal static IReadOnlyList<TransactionInfo> Of(IEnumerable<TransactionSummary> parties) =>
    [
        .. parties.GroupBy(p => p.Transaction, StringComparer.Ordinal)
            .Select(g => new TransactionInfo(
                g.Key,
                g.Max(p => p.Protocol) is > 0 and var protocol ? (CommitProtocol)protocol : null,
                g.Where(p => p.Decision != 0).GroupBy(p => p.Decision).OrderByDescending(d => d.Count()).Select(d => (Decision?)d.Key).FirstOrDefault(),
                DateTimeOffset.FromUnixTimeMilliseconds(g.Min(p => p.Since)),
                g.MaxBy(p => p.Participants.Length)!.Participants,
                [.. g.OrderBy(p => p.Party == "coordinator" ? 0 : 1).ThenBy(p => p.Party, StringComparer.Ordinal).ThenBy(p => p.Server)]))
            .OrderBy(t => t.IsFinished)
            .ThenBy(t => t.Since),
    ];
}

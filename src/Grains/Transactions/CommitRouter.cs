using System.Collections.Concurrent;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Grains.Transactions;

/// <summary>
/// Knows where parties live: a coordinator at the leader of its home tree, a participant at the leader of the tree that keeps its records, acceptors and leaders at the sites that the transaction's terms name.
/// </summary>
/// <param name="leaderOf">Which server leads a tree, as far as this one knows.</param>
/// <param name="kinds">The participants.</param>
/// <param name="link">The way to a tree's part on a server, or, without a tree, to its acceptor.</param>
internal sealed class CommitRouter(Func<string, ServerId?> leaderOf, ParticipantKinds kinds, Func<string?, ServerId, CommitLink> link) : ICommitRouter
{
    private readonly ConcurrentDictionary<(string? Tree, ServerId Server), CommitLink> _links = new();

    /// <inheritdoc/>
    public void Send(CommitDelivery delivery, TransactionTerms? terms)
    {
        var to = delivery.Envelope.To;
        var (tree, server) = to.Kind switch
        {
            PartyKind.Coordinator => (delivery.Envelope.Id.Home, leaderOf(delivery.Envelope.Id.Home)),
            PartyKind.Participant when kinds.LogTreeOf(to.Participant) is { } log => (log, leaderOf(log)),
            PartyKind.Acceptor or PartyKind.Leader => (null, SiteOf(to.Number, terms)),
            _ => (null, null),
        };
        if (server is { } known)
        {
            _links.GetOrAdd((tree, known), static (key, make) => make(key.Tree, key.Server), link).Send(delivery);
        }
    }

    /// <summary>The server of an acceptor, and of the leader beside it.</summary>
    public static ServerId? SiteOf(int number, TransactionTerms? terms) =>
        terms is not null && number >= 1 && number <= terms.Sites.Count ? new ServerId(terms.Sites[number - 1]) : null;
}

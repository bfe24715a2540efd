using System.Collections.Concurrent;
using GrainKeeper.Contracts;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Requests;
using GrainKeeper.Grains.Transactions.Participants;
using GrainKeeper.Grains.Transactions.Postgres;
using GrainKeeper.Grains.Trees;

namespace GrainKeeper.Grains.Transactions;

/// <summary>Which participants there are: <c>tree.NAME</c>, <c>postgres.NAME</c>, and those of the kinds that the host has registered. Thread-safe.</summary>
/// <param name="services">For what the kinds make.</param>
/// <param name="kinds">The kinds.</param>
/// <param name="databases">The databases.</param>
/// <param name="trees">The trees on this server.</param>
internal sealed class ParticipantKinds(IServiceProvider services, IEnumerable<ParticipantKind> kinds, PostgresDatabases databases, TreeServers trees) : ICommitResources
{
    private const string Tree = "tree.";
    private const int MaxKept = 100_000;
    private readonly Dictionary<string, ParticipantKind> _kinds = kinds.ToDictionary(k => k.Name, StringComparer.Ordinal);
    private readonly ConcurrentDictionary<ParticipantId, ICommitResource> _resources = new();

    /// <summary>The databases.</summary>
    public PostgresDatabases Databases => databases;

    /// <inheritdoc/>
    public ICommitResource? Find(ParticipantId participant)
    {
        if (_resources.TryGetValue(participant, out var known))
        {
            return known;
        }

        if (databases.Find(participant) is { } database)
        {
            return database;
        }

        var tree = TreeOf(participant);
        var kind = tree is null ? KindOf(participant) : null;
        if (tree is null && kind is null)
        {
            return null;
        }

        if (_resources.Count >= MaxKept)
        {
            _resources.Clear();
        }

        return _resources.GetOrAdd(participant, p => tree is null ? kind!.Make(services, p) : new TreeResource(tree, () => trees.Find(tree)?.Replica?.Commits));
    }

    /// <summary>The tree whose leader hosts the participant, or null when there is no such kind.</summary>
    public string? LogTreeOf(ParticipantId participant) => TreeOf(participant) ?? databases.Find(participant)?.Options.LogTree ?? KindOf(participant)?.LogTree;

    /// <summary>
    /// Why somebody may not have a participant take part in a transaction; null when he may, or when the participant itself judges that, as trees do by their ACLs. For every transaction that a client submits.
    /// </summary>
    /// <param name="participant">The participant.</param>
    /// <param name="who">The client's identities, which were proven.</param>
    public string? RefusalOf(ParticipantId participant, Credentials who)
    {
        if (who.IsSuper || TreeOf(participant) is not null)
        {
            return null;
        }

        return databases.Find(participant) is not null || KindOf(participant)?.Allows(who) == true
            ? databases.RefusalOf(participant, who)
            : $"{participant}: these identities may not use it in transactions: prove one that its kind allows, or the administrator's";
    }

    /// <summary>The tree that is the participant, or null when it is no tree.</summary>
    public static string? TreeOf(ParticipantId participant) =>
        participant.Name.StartsWith(Tree, StringComparison.Ordinal) && TreeName.IsValid(participant.Name[Tree.Length..]) ? participant.Name[Tree.Length..] : null;

    private ParticipantKind? KindOf(ParticipantId participant)
    {
        var dot = participant.Name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && dot < participant.Name.Length - 1 ? _kinds.GetValueOrDefault(participant.Name[..dot]) : null;
    }
}

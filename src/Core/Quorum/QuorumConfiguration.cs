namespace GrainKeeper.Core.Quorum;

/// <summary>
/// Who belongs to the ensemble, and which sets of participants are a quorum: a weighted majority, or, with groups,
/// a weighted majority in each of a majority of the groups (ZooKeeper's QuorumMaj and QuorumHierarchical). Immutable.
/// </summary>
public sealed class QuorumConfiguration
{
    private readonly Dictionary<ServerId, Member> _members;
    private readonly VotingGroup[] _groups;

    /// <summary>Makes a configuration.</summary>
    /// <param name="version">The zxid that put it in force; <see cref="Zxid.Zero"/> for the one a server was started with.</param>
    /// <param name="members">All servers.</param>
    /// <exception cref="ArgumentException">An id occurs twice or is out of range, a weight is negative, no participant weighs anything,
    /// or some participants have a group and others do not.</exception>
    public QuorumConfiguration(Zxid version, IEnumerable<Member> members)
    {
        Version = version;
        Members = [.. members.OrderBy(m => m.Id)];
        _members = [];
        foreach (var member in Members)
        {
            if (member.Id.Value is < 1 or > ServerId.Max)
            {
                throw new ArgumentException($"server id {member.Id} is outside 1..{ServerId.Max}", nameof(members));
            }

            if (member.Weight < 0)
            {
                throw new ArgumentException($"server {member.Id} has the negative weight {member.Weight}", nameof(members));
            }

            if (!_members.TryAdd(member.Id, member))
            {
                throw new ArgumentException($"server {member.Id} is listed twice", nameof(members));
            }
        }

        Participants = [.. Members.Where(m => m.Role == MemberRole.Participant).Select(m => m.Id)];
        Observers = [.. Members.Where(m => m.Role == MemberRole.Observer).Select(m => m.Id)];
        var voters = Members.Where(m => m.Role == MemberRole.Participant).ToList();
        if (voters.Sum(m => (long)m.Weight) == 0)
        {
            throw new ArgumentException("no participant has a weight above 0: no quorum could ever form", nameof(members));
        }

        var grouped = voters.Count(m => m.Group is not null);
        if (grouped != 0 && grouped != voters.Count)
        {
            throw new ArgumentException("some participants belong to a group and others do not: give every participant a group", nameof(members));
        }

        // Groups that weigh nothing do not count as groups. Built once: a quorum is asked for with every acknowledgement.
        _groups =
        [
            .. voters.GroupBy(m => m.Group)
                .Select(g => new VotingGroup([.. g], g.Sum(m => (long)m.Weight)))
                .Where(g => g.Weight > 0),
        ];
    }

    /// <summary>The zxid that put it in force.</summary>
    public Zxid Version { get; }

    /// <summary>All servers, by id.</summary>
    public IReadOnlyList<Member> Members { get; }

    /// <summary>The ids of those that vote, in order.</summary>
    public IReadOnlyList<ServerId> Participants { get; }

    /// <summary>The ids of those that do not vote, in order.</summary>
    public IReadOnlyList<ServerId> Observers { get; }

    /// <summary>Whether the server belongs to the ensemble.</summary>
    public bool Contains(ServerId id) => _members.ContainsKey(id);

    /// <summary>Whether the server votes.</summary>
    public bool IsParticipant(ServerId id) => _members.TryGetValue(id, out var m) && m.Role == MemberRole.Participant;

    /// <summary>The weight of a participant; 0 for observers and strangers.</summary>
    public int WeightOf(ServerId id) => _members.TryGetValue(id, out var m) && m.Role == MemberRole.Participant ? m.Weight : 0;

    /// <summary>Whether the given servers hold a quorum. Observers and strangers among them do not count, and nobody counts twice.</summary>
    public bool IsQuorum(IReadOnlyCollection<ServerId> servers)
    {
        var won = 0;
        foreach (var group in _groups)
        {
            long have = 0;
            foreach (var member in group.Voters)
            {
                have += servers.Contains(member.Id) ? member.Weight : 0;
            }

            won += have * 2 > group.Weight ? 1 : 0;
        }

        return won * 2 > _groups.Length;
    }

    /// <summary>Voters whose weights are added up; all of them where groups are not used.</summary>
    private sealed record VotingGroup(Member[] Voters, long Weight);
}

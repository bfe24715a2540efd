using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Simulation.Checking;

/// <summary>
/// What a quorum is, in the judge's own words, so that a wrong answer of <see cref="QuorumConfiguration.IsQuorum"/> is found and not shared: more than half of the
/// participants' weight, or, with groups, that in more than half of the groups that have any weight.
/// </summary>
public sealed class QuorumRule
{
    private readonly Dictionary<ServerId, (int Group, long Weight)> _voters = [];
    private readonly long[] _weights;
    private readonly long[] _have;
    private readonly int _groups;

    /// <summary>Takes the members of a configuration.</summary>
    public QuorumRule(IEnumerable<Member> members)
    {
        var groups = new List<int?>();
        foreach (var member in members.Where(m => m.Role == MemberRole.Participant && m.Weight > 0))
        {
            if (!groups.Contains(member.Group))
            {
                groups.Add(member.Group);
            }

            _voters.Add(member.Id, (groups.IndexOf(member.Group), member.Weight));
        }

        _groups = groups.Count;
        _weights = new long[_groups];
        _have = new long[_groups];
        foreach (var (group, weight) in _voters.Values)
        {
            _weights[group] += weight;
        }
    }

    /// <summary>Whether the servers are a quorum.</summary>
    /// <param name="servers">Each at most once.</param>
    public bool IsQuorum(IReadOnlyList<ServerId> servers)
    {
        Array.Clear(_have);
        for (var i = 0; i < servers.Count; i++)
        {
            if (_voters.TryGetValue(servers[i], out var voter))
            {
                _have[voter.Group] += voter.Weight;
            }
        }

        var won = 0;
        for (var group = 0; group < _groups; group++)
        {
            won += 2 * _have[group] > _weights[group] ? 1 : 0;
        }

        return 2 * won > _groups;
    }
}

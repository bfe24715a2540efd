using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Zab;

/// <summary>Finds how far a quorum of one configuration has come, from the positions of all servers, without allocating.</summary>
internal sealed class QuorumPosition
{
    /// <summary>The position of a server that has not acknowledged anything.</summary>
    public const long None = -1;

    private readonly List<(int[] Ids, int[] Weights, long Total)> _groups = [];
    private readonly long[] _positions;
    private readonly int[] _weights;
    private readonly long[] _ofGroups;

    public QuorumPosition(QuorumConfiguration configuration)
    {
        var voters = configuration.Members.Where(m => m.Role == MemberRole.Participant);
        foreach (var group in voters.GroupBy(m => m.Group))
        {
            var total = group.Sum(m => (long)m.Weight);
            if (total > 0)
            {
                _groups.Add(([.. group.Select(m => m.Id.Value)], [.. group.Select(m => m.Weight)], total));
            }
        }

        var largest = _groups.Max(g => g.Ids.Length);
        _positions = new long[largest];
        _weights = new int[largest];
        _ofGroups = new long[_groups.Count];
    }

    /// <summary>The greatest position that a quorum has reached, or <see cref="None"/>.</summary>
    /// <param name="positions">By server id; <see cref="None"/> for those without one.</param>
    public long Of(long[] positions)
    {
        for (var g = 0; g < _groups.Count; g++)
        {
            _ofGroups[g] = OfGroup(positions, _groups[g]);
        }

        _ofGroups.AsSpan().Sort();
        var needed = (_groups.Count / 2) + 1;
        return _ofGroups[_groups.Count - needed];
    }

    private long OfGroup(long[] positions, (int[] Ids, int[] Weights, long Total) group)
    {
        var count = group.Ids.Length;
        for (var i = 0; i < count; i++)
        {
            _positions[i] = positions[group.Ids[i]];
            _weights[i] = group.Weights[i];
        }

        _positions.AsSpan(0, count).Sort(_weights.AsSpan(0, count));
        long have = 0;
        for (var i = count - 1; i >= 0; i--)
        {
            have += _weights[i];
            if (have * 2 > group.Total)
            {
                return _positions[i];
            }
        }

        return None;
    }
}

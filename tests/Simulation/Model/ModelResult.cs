using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Simulation.Clients;

namespace GrainKeeper.Simulation.Model;

/// <summary>What a committed request must be answered with.</summary>
/// <param name="Zxid">Its transaction.</param>
/// <param name="Error">The error, or Ok. Of a failed multi the first one.</param>
/// <param name="Parts">One result for each operation; of anything but a multi exactly one.</param>
/// <param name="ParentCreates">For each operation of a success that creates a node: the parent's count of creates after it.</param>
public sealed record ModelResult(Zxid Zxid, ErrorCode Error, IReadOnlyList<PartResult> Parts, IReadOnlyList<int> ParentCreates)
{
    /// <summary>A result of one operation that creates nothing.</summary>
    public ModelResult(Zxid zxid, ErrorCode error, PartResult part)
        : this(zxid, error, [part], [0])
    {
    }
}

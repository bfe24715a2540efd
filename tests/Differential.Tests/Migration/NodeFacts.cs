using GrainKeeper.Differential.Tests.Wire;

namespace GrainKeeper.Differential.Tests.Migration;

/// <summary>All that a server tells of a node.</summary>
internal sealed record NodeFacts(string Data, string Acl, NodeFacts.NodeStat Stat)
{
    public static NodeStat ReadStat(RecordReader reader) => new(
        reader.Long(), reader.Long(), reader.Long(), reader.Long(), reader.Int(), reader.Int(), reader.Int(), reader.Long(), reader.Int(), reader.Int(), reader.Long());

    internal sealed record NodeStat(
        long Czxid, long Mzxid, long Ctime, long Mtime, int Version, int CVersion, int AVersion, long EphemeralOwner, int DataLength, int NumChildren, long Pzxid);
}

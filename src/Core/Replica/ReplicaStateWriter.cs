using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica.Commits;
using GrainKeeper.Core.Replica.Results;
using GrainKeeper.Core.Sessions;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Replica;

/// <summary>Builds a state from the slices of a <see cref="ReplicaStateReader"/>.</summary>
internal sealed class ReplicaStateWriter(ReplicaState target) : IStateWriter
{
    private readonly TreeStateWriter _tree = new();
    private readonly SessionTable _sessions = new();
    private readonly CommitTable _commits = new();
    private readonly ResultTable _results = new();
    private Membership? _settled;
    private Membership? _latest;

    public void Expect(long bytes) => _tree.Expect(bytes);

    public void Write(ReadOnlySpan<byte> slice)
    {
        if (slice.IsEmpty)
        {
            throw new FormatException("an empty slice of a state");
        }

        switch (slice[0])
        {
            case TreeStateReader.Section:
                _tree.Write(slice);
                break;
            case ReplicaStateReader.Section:
                WriteSessions(slice[1..]);
                break;
            case CommitSlices.Section:
                CommitSlices.Read(slice, _commits);
                break;
            case ResultSlices.Section:
                ResultSlices.Read(slice, _results);
                break;
            case ReplicaStateReader.MembershipSection:
                WriteMembership(slice[1..]);
                break;
            default:
                throw new FormatException($"a slice of a state begins with the unknown byte {slice[0]}");
        }
    }

    public void Complete(Zxid zxid) => target.Replace(_tree.Complete(zxid), _sessions, _results, _commits, _settled, _latest);

    private void WriteMembership(ReadOnlySpan<byte> slice)
    {
        var reader = new CompactReader(slice);
        _settled = ReadMembership(ref reader);
        _latest = ReadMembership(ref reader);
        reader.ExpectEnd("a slice of reconfigurations");
    }

    private static Membership? ReadMembership(ref CompactReader reader)
    {
        var quorum = reader.Bytes("quorum rules");
        var text = reader.Bytes("server list");
        return quorum.IsEmpty ? null : new Membership(QuorumConfigurationCodec.Decode(quorum, out _), text.ToArray());
    }

    private void WriteSessions(ReadOnlySpan<byte> slice)
    {
        var reader = new CompactReader(slice);
        var count = reader.Count(smallest: 9, int.MaxValue, "sessions");
        for (var i = 0; i < count; i++)
        {
            var id = reader.Fixed64("session id");
            var timeout = reader.Unsigned32("session timeout");
            if (timeout > int.MaxValue)
            {
                throw new FormatException($"session timeout {timeout} exceeds {int.MaxValue} ms");
            }

            _sessions.Set(id, (int)timeout);
        }

        reader.ExpectEnd("a slice of sessions");
    }
}

using System.Buffers;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica.Commits;
using GrainKeeper.Core.Replica.Results;
using GrainKeeper.Core.Tree;
using GrainKeeper.Core.Zab;

namespace GrainKeeper.Core.Replica;

/// <summary>Slices of sessions, of atomic commit and of the last reconfigurations first, as they were when the copy began; then those of the tree, which are fuzzy; last the answers that sessions keep.</summary>
internal sealed class ReplicaStateReader(
    TreeStateReader tree, KeyValuePair<long, int>[] sessions, StoredCommit[] commits, Membership? settled, Membership? latest, ResultSlices results) : IStateReader
{
    /// <summary>First byte of a slice of sessions.</summary>
    public const byte Section = (byte)'S';

    /// <summary>First byte of the slice of reconfigurations, which is left out when there never was one.</summary>
    public const byte MembershipSection = (byte)'C';

    private const int BytesOfSession = 11;
    private readonly CommitSlices _commits = new(commits);
    private int _next;
    private bool _sessionsDone;
    private bool _treeDone;
    private bool _membershipDone = latest is null;

    public Zxid Zxid => tree.Zxid;

    public bool ReadNext(IBufferWriter<byte> output, int targetBytes)
    {
        if (!_membershipDone)
        {
            _membershipDone = true;
            WriteMembership(output);
            return true;
        }

        if (_sessionsDone)
        {
            if (!_commits.IsDone)
            {
                _commits.WriteNext(output, targetBytes);
                return true;
            }

            if (!_treeDone)
            {
                _treeDone = !tree.ReadNext(output, targetBytes);
                return !_treeDone || !results.IsDone;
            }

            results.WriteNext(output, targetBytes);
            return !results.IsDone;
        }

        var count = Math.Min(sessions.Length - _next, Math.Max(1, targetBytes / BytesOfSession));
        var writer = new CompactWriter(output);
        writer.Byte(Section);
        writer.Unsigned((uint)count);
        foreach (var (id, timeout) in sessions.AsSpan(_next, count))
        {
            writer.Fixed64(id);
            writer.Unsigned((uint)timeout);
        }

        _next += count;
        _sessionsDone = _next == sessions.Length;
        return true;
    }

    private void WriteMembership(IBufferWriter<byte> output)
    {
        var writer = new CompactWriter(output);
        writer.Byte(MembershipSection);
        foreach (var membership in new[] { settled, latest })
        {
            var quorum = new ArrayBufferWriter<byte>();
            if (membership is not null)
            {
                QuorumConfigurationCodec.Encode(quorum, membership.Quorum);
            }

            writer.Bytes(quorum.WrittenSpan);
            writer.Bytes(membership is null ? [] : membership.Text.Span);
        }
    }
}

using System.Buffers;
using System.Buffers.Binary;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.AtomicCommit.PaxosCommit;

namespace GrainKeeper.Core.Tests.AtomicCommit;

public sealed class CommitCodecTests
{
    private static readonly TransactionTerms Terms = new(CommitProtocol.PaxosCommit, [new ParticipantId("pg.accounts"), new ParticipantId("tree.root")], 3) { Sites = [7, 1, 255] };
    private static readonly Ballot High = new(int.MaxValue, 15, long.MaxValue);
    private static readonly AcceptedVote[] Votes = [new(0, High, true), new(1, High, false)];

    private static readonly CommitMessage[] Messages =
    [
        new CommitMessage.Prepare(Terms, new byte[] { 1, 2, 3 }),
        new CommitMessage.Prepare(Terms, new byte[] { 1 }) { LockWait = 1 },
        new CommitMessage.CanCommit(Terms, new byte[] { 1 }) { LockWait = TransactionRequest.MaxPatience },
        new CommitMessage.CanCommit(new TransactionTerms(CommitProtocol.ThreePhase, [new ParticipantId("a")], 0), ReadOnlyMemory<byte>.Empty),
        new CommitMessage.Voted(Vote.Yes),
        new CommitMessage.Voted(Vote.No(new string('ß', 300))),
        new CommitMessage.Voted(Vote.ReadOnly),
        new CommitMessage.PreCommit(),
        new CommitMessage.PreCommitAck(),
        new CommitMessage.Decide(Decision.Commit),
        new CommitMessage.Decide(Decision.Abort),
        new CommitMessage.Ack(),
        new CommitMessage.Inquiry(Terms),
        new CommitMessage.Undecided(),
        new CommitMessage.Elect(),
        new CommitMessage.StandingIn(),
        new CommitMessage.StateRequest(),
        new CommitMessage.StateReport(true, false),
        new CommitMessage.Done(Decision.Commit, Terms),
        new CommitMessage.Forget(),
        new CommitMessage.Phase1A(High, Terms),
        new CommitMessage.Phase1B(High, []),
        new CommitMessage.Phase1B(High, Votes),
        new CommitMessage.Phase2A(Terms, Ballot.Zero, [new AcceptedVote(1, Ballot.Zero, true)]),
        new CommitMessage.Phase2B(High, Votes, Terms),
        new CommitMessage.Nack(High),
    ];

    private static readonly CommitRecord[] Records =
    [
        new CommitRecord.Prepared(Terms, new byte[] { 1 }, new byte[] { 2, 3 }),
        new CommitRecord.Announced(Terms, new byte[] { 4 }),
        new CommitRecord.PreCommitted(),
        new CommitRecord.Decided(Decision.Commit, Terms, ""),
        new CommitRecord.Decided(Decision.Abort, null, "locked by root:1:1"),
        new CommitRecord.Decided(Decision.Commit, Terms, "") { ByHand = true },
        new CommitRecord.End(),
        new CommitRecord.Promised(High, Terms),
        new CommitRecord.Accepted(Terms, Votes),
    ];

    private static readonly CommitParty[] Parties =
        [CommitParty.Coordinator, CommitParty.Of(new ParticipantId("tree.root")), CommitParty.Acceptor(15), CommitParty.Leader(1)];

    [Fact]
    public void Every_message_type_is_among_the_tests()
    {
        Assert.Equal(
            typeof(CommitMessage).GetNestedTypes().Select(t => t.Name).Order(StringComparer.Ordinal),
            Messages.Select(m => m.GetType().Name).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(
            typeof(CommitRecord).GetNestedTypes().Select(t => t.Name).Order(StringComparer.Ordinal),
            Records.Select(m => m.GetType().Name).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_message_and_record_comes_back_as_it_was()
    {
        foreach (var bytes in AllMessages())
        {
            Assert.Equal(bytes, Encode(CommitEnvelopeCodec.Decode(bytes)));
        }

        foreach (var bytes in AllRecords())
        {
            Assert.Equal(bytes, Encode(CommitLogCodec.Decode(bytes)));
        }

        var decoded = CommitEnvelopeCodec.Decode(Encode(Envelope(new CommitMessage.Prepare(Terms, new byte[] { 1, 2, 3 }))));
        var prepare = Assert.IsType<CommitMessage.Prepare>(decoded.Message);
        Assert.Equal((CommitCircle.Id, Parties[0], Parties[1]), (decoded.Id, decoded.From, decoded.To));
        Assert.Equal(Terms, prepare.Terms);
        Assert.Equal([1, 2, 3], prepare.Payload.ToArray());
        var prepared = Assert.IsType<CommitRecord.Prepared>(CommitLogCodec.Decode(Encode(Entry(Records[0]))).Record);
        Assert.Equal((1, 2), (prepared.Redo.Length, prepared.Undo.Length));
    }

    [Fact]
    public void Sites_are_as_many_different_servers_as_acceptors_or_none()
    {
        foreach (var sites in new int[][] { [1], [1, 2, 3, 4], [1, 2, 2], [0, 1, 2], [1, 2, 256] })
        {
            Assert.Contains("sites", Assert.Throws<FormatException>(() => (Terms with { Sites = sites }).Demand()).Message, StringComparison.Ordinal);
        }

        Assert.NotEqual(Terms, Terms with { Sites = [1, 7, 255] });
        Assert.Equal(Terms, (Terms with { Sites = [7, 1, 255] }).Demand());
    }

    [Fact]
    public void Bytes_cut_anywhere_or_followed_by_more_are_refused()
    {
        AssertCutsAreRefused(AllMessages(), b => CommitEnvelopeCodec.Decode(b));
        AssertCutsAreRefused(AllRecords(), b => CommitLogCodec.Decode(b));
    }

    [Fact]
    public void A_huge_length_is_refused_without_allocating_it()
    {
        var bytes = Encode(Envelope(new CommitMessage.Prepare(Terms, new byte[] { 1, 2, 3 })));
        foreach (var length in new[] { int.MaxValue, int.MinValue, -1, 4, TransactionRequest.MaxPayload, TransactionRequest.MaxPayload + 1 })
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(bytes.Length - 7), length);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<FormatException>(() => CommitEnvelopeCodec.Decode(bytes));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
        }
    }

    [Fact]
    public void Random_bytes_are_read_or_refused_but_never_fail_otherwise()
    {
        var random = new Random(1);
        var messages = AllMessages().ToArray();
        var records = AllRecords().ToArray();
        var refused = 0;
        for (var i = 0; i < 40_000; i++)
        {
            var source = i % 2 == 0 ? messages : records;
            var bytes = (byte[])source[random.Next(source.Length)].Clone();
            for (var flips = random.Next(1, 4); flips > 0; flips--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            try
            {
                _ = i % 2 == 0 ? (object)CommitEnvelopeCodec.Decode(bytes) : CommitLogCodec.Decode(bytes);
            }
            catch (FormatException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 4_000, 39_000);
    }

    [Fact]
    public void Values_out_of_range_are_refused()
    {
        AssertRefused(Encode(Envelope(new CommitMessage.Phase1A(new Ballot(-1, 1, 1), Terms))));
        AssertRefused(Encode(Envelope(new CommitMessage.Phase1A(new Ballot(1, 16, 1), Terms))));
        AssertRefused(Encode(Envelope(new CommitMessage.Phase1A(new Ballot(1, 1, 0), Terms))));
        AssertRefused(Encode(Envelope(new CommitMessage.Decide((Decision)3))));
        AssertRefused(Encode(Envelope(new CommitMessage.Voted(new Vote((VoteKind)9, "")))));
        AssertRefused(Encode(Envelope(new CommitMessage.Inquiry(Terms with { Acceptors = 4 }))));
        AssertRefused(Encode(Envelope(new CommitMessage.Inquiry(Terms with { Participants = [] }))));
        AssertRefused(Encode(Envelope(new CommitMessage.Inquiry(Terms with { Participants = [new ParticipantId("b"), new ParticipantId("a")] }))));
        AssertRefused(Encode(Envelope(new CommitMessage.Inquiry(Terms with { Participants = [new ParticipantId("a b")] }))));
        AssertRefused(Encode(Envelope(new CommitMessage.Ack()) with { Id = new TransactionId("root", 0, 1) }));
        AssertRefused(Encode(Envelope(new CommitMessage.Ack()) with { Id = new TransactionId("a/b", 1, 1) }));
        AssertRefused(Encode(Envelope(new CommitMessage.Ack()) with { From = CommitParty.Acceptor(16) }));
        Assert.Throws<FormatException>(() => CommitLogCodec.Decode(Encode(Entry(new CommitRecord.Accepted(Terms, [new AcceptedVote(2, High, true)])))));
        Assert.Throws<FormatException>(() => CommitLogCodec.Decode(Encode(Entry(new CommitRecord.Accepted(Terms, [Votes[0], new AcceptedVote(1, Ballot.Zero, true)])))));
        Assert.Throws<FormatException>(() => CommitLogCodec.Decode(Encode(Entry(new CommitRecord.Accepted(Terms, [])))));
    }

    [Fact]
    public void Another_format_is_refused_and_named()
    {
        var bytes = Encode(Envelope(new CommitMessage.Ack()));
        bytes[0] = 2;
        Assert.Contains("format: 2 is unknown", Assert.Throws<FormatException>(() => CommitEnvelopeCodec.Decode(bytes)).Message, StringComparison.Ordinal);
    }

    private static void AssertCutsAreRefused(IEnumerable<byte[]> all, Action<ReadOnlyMemory<byte>> decode)
    {
        foreach (var bytes in all)
        {
            for (var length = 0; length < bytes.Length; length++)
            {
                Assert.Throws<FormatException>(() => decode(bytes.AsMemory(0, length)));
            }

            Assert.Throws<FormatException>(() => decode((byte[])[.. bytes, 0]));
        }
    }

    private static void AssertRefused(byte[] bytes) => Assert.Throws<FormatException>(() => CommitEnvelopeCodec.Decode(bytes));

    private static IEnumerable<byte[]> AllMessages() => Messages.Select((m, i) => Encode(Envelope(m) with { From = Parties[i % 4], To = Parties[(i + 1) % 4] }));

    private static IEnumerable<byte[]> AllRecords() => Records.Select((r, i) => Encode(new CommitLogEntry(CommitCircle.Id, Parties[i % 4], r)));

    private static CommitEnvelope Envelope(CommitMessage message) => new(CommitCircle.Id, Parties[0], Parties[1], message);

    private static CommitLogEntry Entry(CommitRecord record) => new(CommitCircle.Id, Parties[1], record);

    private static byte[] Encode(CommitEnvelope envelope)
    {
        var output = new ArrayBufferWriter<byte>();
        CommitEnvelopeCodec.Encode(output, envelope);
        return output.WrittenSpan.ToArray();
    }

    private static byte[] Encode(CommitLogEntry entry)
    {
        var output = new ArrayBufferWriter<byte>();
        CommitLogCodec.Encode(output, entry);
        return output.WrittenSpan.ToArray();
    }
}

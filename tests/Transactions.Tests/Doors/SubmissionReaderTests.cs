using System.Buffers;
using System.Text;
using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Requests;
using GrainKeeper.Grains.Ensembles;
using GrainKeeper.Grains.Hosting;
using GrainKeeper.Grains.Transactions;
using GrainKeeper.Grains.Transactions.Participants;
using GrainKeeper.Grains.Transactions.Postgres;
using GrainKeeper.Grains.Trees;
using Microsoft.Extensions.Logging.Abstractions;

namespace GrainKeeper.Transactions.Tests.Doors;

/// <summary>What any client of a gateway may call: identities are those that it proves, and what is not everybody's is refused.</summary>
public sealed class SubmissionReaderTests
{
    private const string AliceDigest = "alice:aYXlLOpEooaV1cRAvUL1fp9Qt7E=";
    private static readonly TransactionProof Alice = new("digest", "alice:secret"u8.ToArray());
    private static readonly TransactionProof Super = new("digest", "super:password"u8.ToArray());
    private readonly SubmissionReader _reader = Reader();

    [Fact]
    public void A_trees_operations_run_under_the_identities_that_the_server_has_seen_proven()
    {
        var request = _reader.Read(Submission(["tree.root"], [Multi("/a")], Alice));
        var operations = TreeOperations.Decode(request.Payloads[0]);
        Assert.Equal([("ip", "255.255.255.255"), ("digest", AliceDigest)], operations.Who.Identities.ToArray().Select(i => (i.Scheme, i.Id)));
        Assert.Equal((1, false), (operations.Count, operations.Who.IsSuper));
        Assert.True(TreeOperations.Decode(_reader.Read(Submission(["tree.root"], [Multi("/a")], Super)).Payloads[0]).Who.IsSuper);
        Assert.False(TreeOperations.Decode(_reader.Read(Submission(["tree.root"], [Multi("/a")])).Payloads[0]).Who.Has("digest"));
    }

    [Fact]
    public void Identities_that_a_client_writes_itself_are_no_operations()
    {
        var forged = TreeOperations.Encode(Credentials.Server, Multi("/a"));
        AssertRefused("tree.root", Submission(["tree.root"], [forged]));
    }

    [Fact]
    public void Only_the_administrator_names_a_kind_that_allows_nobody()
    {
        AssertRefused("vault.x: these identities may not use it", Submission(["vault.x"], [[1]]));
        AssertRefused("vault.x", Submission(["vault.x"], [[1]], Alice));
        Assert.Equal([1], _reader.Read(Submission(["vault.x"], [[1]], Super)).Payloads[0].ToArray());
    }

    [Fact]
    public void A_kind_is_used_by_those_whom_it_allows()
    {
        AssertRefused("mine.x", Submission(["mine.x"], [[1]]));
        AssertRefused("mine.x", Submission(["mine.x"], [[1]], new TransactionProof("digest", "alice:guess"u8.ToArray())));
        Assert.Equal([1], _reader.Read(Submission(["mine.x"], [[1]], Alice)).Payloads[0].ToArray());
        Assert.Equal([1], _reader.Read(Submission(["open.x"], [[1]])).Payloads[0].ToArray());
    }

    [Fact]
    public void What_proves_nothing_or_is_out_of_range_is_refused_by_name()
    {
        AssertRefused("scheme 'sasl' proves nothing", Submission(["open.x"], [[1]], new TransactionProof("sasl", [1])));
        AssertRefused("scheme 'x509' proves nothing", Submission(["open.x"], [[1]], new TransactionProof("x509", "CN=root"u8.ToArray())));
        AssertRefused("at most 4096 bytes", Submission(["open.x"], [[1]], new TransactionProof("digest", new byte[TransactionProof.MaxLength + 1])));
        AssertRefused("at most 64 proofs", Submission(["open.x"], [[1]], [.. Enumerable.Repeat(Alice, TransactionProof.MaxCount + 1)]));
        AssertRefused("as many operations", Submission(["open.x"], []));
        AssertRefused("no participant 'stranger.x'", Submission(["stranger.x"], [[1]]));
        AssertRefused("no participant 'a b'", Submission(["a b"], [[1]]));
        AssertRefused("named twice", Submission(["open.x", "open.x"], [[1], [2]]));
        AssertRefused("LockWait", Submission(["open.x"], [[1]]) with { LockWait = -1 });
        AssertRefused("VoteTimeout", Submission(["open.x"], [[1]]) with { VoteTimeout = TransactionRequest.MaxPatience + 1 });
        AssertRefused("acceptor at server 9", Submission(["open.x"], [[1]]) with { Protocol = 3, Sites = [9] });
        AssertRefused("1 to 64 participants", Submission([], []));
        AssertRefused("at most 1048576", Submission(["open.x"], [new byte[TransactionRequest.MaxPayload + 1]]));
    }

    [Fact]
    public void The_administrator_is_who_proves_it()
    {
        Assert.True(_reader.IsSuper([Alice, Super]));
        Assert.False(_reader.IsSuper([Alice]));
        Assert.False(_reader.IsSuper([new TransactionProof("super", [])]));
        Assert.False(_reader.IsSuper([]));
        Assert.False(_reader.IsSuper(null));
    }

    [Fact]
    public void A_seal_is_one_ids_until_one_moment_in_one_ensemble()
    {
        var signer = new TicketSigner("secret"u8.ToArray(), "one");
        var seal = signer.Seal("root:7:1", 1_000);
        Assert.True(signer.IsSealed("root:7:1", 1_000, seal));
        Assert.False(signer.IsSealed("root:7:2", 1_000, seal));
        Assert.False(signer.IsSealed("root:7:1", 1_001, seal));
        Assert.False(signer.IsSealed("root:7:1", 1_000, seal[1..]));
        Assert.False(signer.IsSealed("root:7:1", 1_000, null));
        Assert.False(signer.IsSealed(null, 1_000, seal));
        Assert.False(new TicketSigner("secret"u8.ToArray(), "two").IsSealed("root:7:1", 1_000, seal));
        Assert.False(new TicketSigner("other"u8.ToArray(), "one").IsSealed("root:7:1", 1_000, seal));
    }

    [Theory]
    [InlineData("digest:alice")]
    [InlineData("digest:alice:short")]
    [InlineData("ip:10.0.0.0/8")]
    [InlineData("world:everybody")]
    public void An_entry_that_proves_nothing_allows_nobody(string entry) =>
        Assert.Contains(entry, Assert.Throws<ArgumentException>(() => ParticipantAccess.Parse("mine", [entry])).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("→ coordinator: Vote No (tree.a: /secret is locked)", "→ coordinator: Vote No")]
    [InlineData("resource votes No (NoNode (-101) at /secret)", "resource votes No")]
    [InlineData("forces abort (/secret)", "forces abort")]
    [InlineData("ignored as Aborted: Vote No (x)", "ignored as Aborted: Vote No")]
    [InlineData("forces abort (by hand)", "forces abort (by hand)")]
    [InlineData("forces prepared (redo 1 bytes, undo 1 bytes)", "forces prepared (redo 1 bytes, undo 1 bytes)")]
    public void Others_than_the_owner_are_not_told_why(string line, string told) => Assert.Equal(told, Timelines.WithoutReasons(line));

    private static SubmissionReader Reader()
    {
        var quorum = new QuorumConfiguration(Zxid.Zero, [new Member(new ServerId(1), MemberRole.Participant)]);
        var options = new GrainKeeperServerOptions
        {
            Self = new ServerId(1),
            ClusterId = "doors",
            Configuration = quorum,
            DataDirectory = "/nowhere",
            Replica = new ReplicaOptions { Secret = "0123456789abcdef"u8.ToArray(), SuperDigest = "super:DyNYQEQvajljsxlhf5uS4PJ9R28=" },
        };
        var mine = ParticipantAccess.Parse("mine", ["digest:" + AliceDigest]);
        var open = ParticipantAccess.Parse("open", ["world:anyone"]);
        var kinds = new ParticipantKinds(
            new NoServices(),
            [Kind("vault"), Kind("mine") with { Allows = mine.Contains }, Kind("open") with { Allows = open.Contains }],
            new PostgresDatabases([], new ParticipantSigner(options.Replica.Secret, options.ClusterId), options, NullLogger<PostgresDatabases>.Instance),
            new TreeServers());
        return new SubmissionReader(kinds, new EnsembleDirectory([], quorum, directory: null), options);
    }

    private static ParticipantKind Kind(string name) => new(name, TreeName.Root, (_, _) => throw new NotSupportedException("nothing is prepared here"));

    private static TransactionSubmission Submission(string[] participants, byte[][] operations, params TransactionProof[] proofs) =>
        new("root:7:1", (int)CommitProtocol.TwoPhase, participants, operations, []) { Proofs = proofs };

    private static byte[] Multi(string path)
    {
        var body = new ArrayBufferWriter<byte>();
        var writer = new JuteWriter(body);
        MultiHeader.Request(OpCode.Delete).Write(writer);
        new PathVersionRequest(Encoding.UTF8.GetBytes(path), -1).Write(writer);
        MultiHeader.End.Write(writer);
        return body.WrittenSpan.ToArray();
    }

    private void AssertRefused(string message, TransactionSubmission submission) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => _reader.Read(submission)).Message, StringComparison.Ordinal);

    private sealed class NoServices : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }
}

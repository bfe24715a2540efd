using GrainKeeper.Core.AtomicCommit;

namespace GrainKeeper.Core.Tests.AtomicCommit;

public sealed class TransactionIdTests
{
    [Theory]
    [InlineData("root:7:42")]
    [InlineData("Bank.eu-1_x:9223372036854775807:1")]
    public void An_id_is_read_from_its_text(string text)
    {
        Assert.True(TransactionId.TryParse(text, out var id));
        Assert.Equal(text, id.ToString());
        Assert.Equal(id, TransactionId.Parse(text));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("root")]
    [InlineData("root:1")]
    [InlineData("root:1:2:3")]
    [InlineData(":1:2")]
    [InlineData("root:0:1")]
    [InlineData("root:1:0")]
    [InlineData("root:-1:1")]
    [InlineData("root:01:1")]
    [InlineData("root: 1:1")]
    [InlineData("root:9223372036854775808:1")]
    [InlineData("a b:1:1")]
    [InlineData("a/b:1:1")]
    [InlineData("a'b:1:1")]
    [InlineData("ä:1:1")]
    [InlineData("a123456789a123456789a123456789a123456789a123456789a123456789a1234:1:1")]
    public void Anything_else_is_refused(string? text)
    {
        Assert.False(TransactionId.TryParse(text, out _));
        Assert.Throws<FormatException>(() => TransactionId.Parse(text!));
    }

    [Fact]
    public void The_longest_id_fits_a_gid_of_PostgreSQL_together_with_a_participant()
    {
        var longest = new TransactionId(new string('h', TransactionId.MaxHomeLength), long.MaxValue, long.MaxValue);
        Assert.True(longest.IsValid);
        Assert.Equal(TransactionId.MaxLength, longest.ToString().Length);
        Assert.True(TransactionId.MaxLength + 1 + 80 < 200);
    }

    [Fact]
    public void Only_the_life_that_has_allotted_an_id_may_begin_it()
    {
        var life = new TransactionIdSequence("root", 3);
        var first = life.Next();
        var second = life.Next();
        Assert.Equal([new TransactionId("root", 3, 1), new TransactionId("root", 3, 2)], [first, second]);
        Assert.True(life.MayBegin(first) && life.MayBegin(second));
        Assert.False(life.MayBegin(second with { Sequence = 3 }));
        Assert.False(life.MayBegin(first with { Incarnation = 2 }));
        Assert.False(life.MayBegin(first with { Home = "other" }));
        Assert.True(first < second && second > first && first <= second && second >= first);
        var other = new TransactionIdSequence("root", 3, first: 1_000);
        Assert.Equal(new TransactionId("root", 3, 1_001), other.Next());
        Assert.False(other.MayBegin(first) || other.MayBegin(first with { Sequence = 1_000 }) || other.MayBegin(first with { Sequence = 1_002 }));
        Assert.True(other.MayBegin(first with { Sequence = 1_001 }));
        Assert.Throws<FormatException>(() => new TransactionIdSequence("", 1).Next());
        Assert.Throws<FormatException>(() => new TransactionIdSequence("root", 0).Next());
    }

    [Fact]
    public void A_request_out_of_its_limits_is_refused()
    {
        var some = new Dictionary<ParticipantId, ReadOnlyMemory<byte>> { [new ParticipantId("b")] = new byte[1], [new ParticipantId("a")] = new byte[2] };
        var request = new TransactionRequest(CommitProtocol.TwoPhase, some);
        Assert.Equal(["a", "b"], request.Terms.Participants.Select(p => p.Name));
        Assert.Equal([2, 1], request.Payloads.Select(p => p.Length));
        Assert.Throws<FormatException>(() => new TransactionRequest(CommitProtocol.TwoPhase, some, acceptors: 3));
        Assert.Throws<FormatException>(() => new TransactionRequest(CommitProtocol.PaxosCommit, some, acceptors: 2));
        Assert.Throws<FormatException>(() => new TransactionRequest((CommitProtocol)9, some));
        Assert.Throws<FormatException>(() => new TransactionRequest(CommitProtocol.TwoPhase, new Dictionary<ParticipantId, ReadOnlyMemory<byte>>()));
        Assert.Throws<FormatException>(() => new TransactionRequest(CommitProtocol.TwoPhase, Many(65)));
        Assert.Throws<FormatException>(() => new TransactionRequest(
            CommitProtocol.TwoPhase, new Dictionary<ParticipantId, ReadOnlyMemory<byte>> { [new ParticipantId("a")] = new byte[TransactionRequest.MaxPayload + 1] }));
        Assert.Equal(64, new TransactionRequest(CommitProtocol.TwoPhase, Many(64)).Terms.Participants.Count);
    }

    [Fact]
    public void An_option_out_of_its_range_is_refused_and_named()
    {
        new CommitOptions().Validate();
        var refused = Assert.Throws<ArgumentOutOfRangeException>(() => new CommitOptions { LockWait = 20_000 }.Validate());
        Assert.Equal("LockWait", refused.ParamName);
        Assert.Throws<ArgumentOutOfRangeException>(() => new CommitOptions { MaxResendInterval = 100 }.Validate());
        Assert.Throws<ArgumentOutOfRangeException>(() => new CommitOptions { Retention = 0 }.Validate());
        Assert.Throws<ArgumentOutOfRangeException>(() => new CommitOptions { RoundTrip = 0 }.Validate());
    }

    private static Dictionary<ParticipantId, ReadOnlyMemory<byte>> Many(int count) =>
        Enumerable.Range(0, count).ToDictionary(i => new ParticipantId($"p{i}"), _ => ReadOnlyMemory<byte>.Empty);
}

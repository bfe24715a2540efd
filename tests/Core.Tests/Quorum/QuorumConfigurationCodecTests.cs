using System.Buffers;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Tests.Quorum;

public sealed class QuorumConfigurationCodecTests
{
    private static readonly QuorumConfiguration Sample = new(
        Zxid.Of(new Epoch(3), 9),
        [
            new Member(new ServerId(1), MemberRole.Participant, 5, -7),
            new Member(new ServerId(255), MemberRole.Participant, 0, 0),
            new Member(new ServerId(30), MemberRole.Observer),
        ]);

    [Fact]
    public void A_configuration_comes_back_as_it_was_and_leaves_what_follows_it()
    {
        var bytes = Encode(Sample);
        var decoded = QuorumConfigurationCodec.Decode([.. bytes, 1, 2, 3], out var length);
        Assert.Equal(bytes.Length, length);
        Assert.Equal(Sample.Version, decoded.Version);
        Assert.Equal(Sample.Members, decoded.Members);
    }

    [Fact]
    public void The_largest_configuration_comes_back()
    {
        var largest = new QuorumConfiguration(Zxid.Zero, Enumerable.Range(1, 255).Select(id => new Member(new ServerId(id), MemberRole.Participant)));
        Assert.Equal(largest.Members, QuorumConfigurationCodec.Decode(Encode(largest), out _).Members);
    }

    [Fact]
    public void A_configuration_cut_at_any_byte_is_refused()
    {
        var bytes = Encode(Sample);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<FormatException>(() => QuorumConfigurationCodec.Decode(bytes.AsSpan(0, length), out _));
        }
    }

    [Fact]
    public void Changed_bytes_are_read_or_refused_but_never_fail_otherwise()
    {
        var random = new Random(1);
        for (var i = 0; i < 10_000; i++)
        {
            var bytes = Encode(Sample);
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                Assert.InRange(QuorumConfigurationCodec.Decode(bytes, out var length).Members.Count, 1, 255);
                Assert.InRange(length, 1, bytes.Length);
            }
            catch (FormatException)
            {
                continue;
            }
        }
    }

    private static byte[] Encode(QuorumConfiguration configuration)
    {
        var output = new ArrayBufferWriter<byte>();
        QuorumConfigurationCodec.Encode(output, configuration);
        return output.WrittenSpan.ToArray();
    }
}

using System.Buffers;
using GrainKeeper.Core.Election;
using GrainKeeper.Core.Election.Authenticated;
using GrainKeeper.Core.Election.Fast;
using GrainKeeper.Core.Election.Polling;
using static GrainKeeper.Core.Tests.Election.ElectionProbe;

namespace GrainKeeper.Core.Tests.Election;

public sealed class ElectionMessageCodecTests
{
    private static readonly FastNotification Notification = new(VoteFor(255, long.MaxValue, int.MaxValue), 1L << 60, ElectionState.Observing);
    private static readonly byte[] Nonce = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];
    private static readonly byte[] Other = [.. Enumerable.Range(101, 16).Select(i => (byte)i)];
    private static readonly byte[] Mac = [.. Enumerable.Range(201, 32).Select(i => (byte)i)];

    private static readonly ElectionMessage[] All =
    [
        Notification,
        new FastNotification(default, 1, ElectionState.Looking),
        new VoteRequest(-5),
        new VoteReply(long.MinValue, VoteFor(7, 6, 5), ElectionState.Leading),
        new SignedNotification(Notification, Nonce, Other, 77, Mac),
        new Challenge(Nonce, Other, Mac),
    ];

    [Fact]
    public void Every_message_comes_back_as_it_was()
    {
        foreach (var message in All)
        {
            var bytes = Encode(message);
            var decoded = ElectionMessageCodec.Decode(bytes);
            Assert.Equal(message.GetType(), decoded.GetType());
            Assert.Equal(bytes, Encode(decoded));
            Assert.InRange(bytes.Length, 1, ElectionMessageCodec.MaxLength);
        }

        Assert.Equal(Notification, ElectionMessageCodec.Decode(Encode(Notification)));
        Assert.Equal(All[3], ElectionMessageCodec.Decode(Encode(All[3])));
    }

    [Fact]
    public void A_message_cut_at_any_byte_or_followed_by_one_is_refused()
    {
        foreach (var message in All)
        {
            var bytes = Encode(message);
            for (var length = 0; length < bytes.Length; length++)
            {
                Assert.Throws<FormatException>(() => ElectionMessageCodec.Decode(bytes.AsMemory(0, length)));
            }

            Assert.Throws<FormatException>(() => ElectionMessageCodec.Decode((byte[])[.. bytes, 0]));
        }
    }

    [Fact]
    public void Values_out_of_range_are_refused()
    {
        AssertRefused(Notification with { Round = 0 });
        AssertRefused(Notification with { Round = -1 });
        AssertRefused(Notification with { Round = (1L << 60) + 1 });
        AssertRefused(Notification with { Vote = VoteFor(1, -1) });
        AssertRefused(Notification with { Vote = VoteFor(1, 0, -1) });
        AssertRefused(Notification with { State = (ElectionState)4 });
        AssertRefused(new VoteReply(1, VoteFor(1, -1), ElectionState.Looking));
        AssertRefused(new SignedNotification(Notification, Nonce, Other, 0, Mac));
        Assert.Throws<OverflowException>(() => Encode(Notification with { Vote = VoteFor(256) }));
        Assert.Throws<ArgumentException>(() => Encode(new Challenge(Nonce, Other, Nonce)));
    }

    [Fact]
    public void Random_bytes_are_read_or_refused_but_never_fail_otherwise()
    {
        var random = new Random(1);
        var refused = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = Encode(All[random.Next(All.Length)]);
            for (var flips = random.Next(1, 4); flips > 0; flips--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            try
            {
                ElectionMessageCodec.Decode(bytes);
            }
            catch (FormatException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1_000, 19_000);
    }

    private static byte[] Encode(ElectionMessage message)
    {
        var output = new ArrayBufferWriter<byte>();
        ElectionMessageCodec.Encode(output, message);
        return output.WrittenSpan.ToArray();
    }

    private static void AssertRefused(ElectionMessage message) => Assert.Throws<FormatException>(() => ElectionMessageCodec.Decode(Encode(message)));
}

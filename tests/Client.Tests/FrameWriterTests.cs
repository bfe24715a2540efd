using GrainKeeper.Client.Sessions;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client.Tests;

public sealed class FrameWriterTests
{
    [Fact]
    public void Frames_come_back_one_after_another()
    {
        var writer = new FrameWriter();
        writer.Raw([1, 2, 3]);
        writer.Request(7, OpCode.Ping, []);
        ReadOnlyMemory<byte> frames = writer.ToArray();

        Assert.True(FrameWriter.TryRead(ref frames, out var first));
        Assert.Equal([1, 2, 3], first.ToArray());
        Assert.True(FrameWriter.TryRead(ref frames, out var second));
        Assert.Equal([0, 0, 0, 7, 0, 0, 0, 11], second.ToArray());
        Assert.False(FrameWriter.TryRead(ref frames, out _));
    }

    [Fact]
    public void Frames_cut_at_any_byte_are_refused()
    {
        var writer = new FrameWriter();
        writer.Request(7, OpCode.GetData, [1, 2, 3]);
        var whole = writer.ToArray();
        for (var length = 1; length < whole.Length; length++)
        {
            ReadOnlyMemory<byte> cut = whole.AsMemory(0, length);
            Assert.Throws<FormatException>(() => FrameWriter.TryRead(ref cut, out _));
        }
    }

    [Fact]
    public void A_negative_length_is_refused()
    {
        ReadOnlyMemory<byte> frames = new byte[] { 255, 255, 255, 255, 0 };
        Assert.Throws<FormatException>(() => FrameWriter.TryRead(ref frames, out _));
    }
}

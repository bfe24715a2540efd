using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Core.Tests.Quorum;

public sealed class ZxidTests
{
    [Theory]
    [InlineData(0, 0u, 0L)]
    [InlineData(1, 0u, 0x1_0000_0000L)]
    [InlineData(2, 1u, 0x2_0000_0001L)]
    [InlineData(1, uint.MaxValue, 0x1_ffff_ffffL)]
    [InlineData(int.MaxValue, uint.MaxValue, long.MaxValue)]
    public void The_epoch_is_the_high_half_and_the_counter_the_low_half(int epoch, uint counter, long value)
    {
        var zxid = Zxid.Of(new Epoch(epoch), counter);
        Assert.Equal((value, new Epoch(epoch), counter), (zxid.Value, zxid.Epoch, zxid.Counter));
    }

    [Fact]
    public void The_next_zxid_stays_in_its_epoch_and_the_last_has_none()
    {
        Assert.Equal(Zxid.Of(new Epoch(4), 8), Zxid.Of(new Epoch(4), 7).Next());
        Assert.Equal(Zxid.Of(new Epoch(4), Zxid.LastCounter), Zxid.Of(new Epoch(4), Zxid.LastCounter - 1).Next());
        Assert.Throws<InvariantViolationException>(() => Zxid.Of(new Epoch(4), Zxid.LastCounter).Next());
        Assert.Throws<InvariantViolationException>(() => new Epoch(int.MaxValue).Next());
    }

    [Fact]
    public void A_log_goes_on_with_the_next_counter_or_the_first_of_a_later_epoch()
    {
        var zxid = Zxid.Of(new Epoch(2), 5);
        Assert.True(zxid.IsDirectlyBefore(Zxid.Of(new Epoch(2), 6)));
        Assert.True(zxid.IsDirectlyBefore(Zxid.Of(new Epoch(3), 1)));
        Assert.True(zxid.IsDirectlyBefore(Zxid.Of(new Epoch(9), 1)));
        Assert.True(Zxid.Zero.IsDirectlyBefore(Zxid.Of(new Epoch(1), 1)));
        Assert.False(zxid.IsDirectlyBefore(zxid));
        Assert.False(zxid.IsDirectlyBefore(Zxid.Of(new Epoch(2), 7)));
        Assert.False(zxid.IsDirectlyBefore(Zxid.Of(new Epoch(3), 2)));
        Assert.False(zxid.IsDirectlyBefore(Zxid.Of(new Epoch(1), 1)));
        Assert.False(Zxid.Of(new Epoch(2), Zxid.LastCounter).IsDirectlyBefore(Zxid.Of(new Epoch(3), 0)));
    }

    [Fact]
    public void Zxids_are_ordered_by_epoch_then_counter_and_print_as_hex()
    {
        Zxid[] ordered = [Zxid.Zero, Zxid.Of(new Epoch(0), uint.MaxValue), Zxid.Of(new Epoch(1), 0), Zxid.Of(new Epoch(1), 0x8000_0000), Zxid.Of(new Epoch(2), 1)];
        Assert.Equal(ordered, ordered.Reverse().Order());
        Assert.True(ordered[2] < ordered[3] && ordered[3] <= ordered[4] && ordered[4] > ordered[1] && ordered[4] >= ordered[4]);
        Assert.Equal("0x200000001", ordered[4].ToString());
    }
}

using GrainKeeper.Client.Sessions;
using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client.Tests;

/// <summary>How many writes may be under way.</summary>
public class WriteWindowTests
{
    [Fact]
    public void No_more_writes_are_under_way_than_answers_are_kept_in_number_and_bytes()
    {
        var window = new WriteWindow();
        var large = Request(OpCode.Multi, 200_000);
        var small = Request(OpCode.SetData, 500_000);
        Assert.True(window.HasRoomFor(large));
        window.Open(3);
        window.Send(large);
        Assert.False(window.HasRoomFor(large));
        Assert.True(window.HasRoomFor(Request(OpCode.GetData, 100)));
        window.Send(small);
        window.Send(small);
        Assert.Equal((1, 2), (large.Xid, small.Xid));
        Assert.False(window.HasRoomFor(small));
        window.Answered(large);
        Assert.True(window.HasRoomFor(large));
        window.Clear();
        Assert.True(window.HasRoomFor(Request(OpCode.Multi, 1_000_000)));
    }

    [Fact]
    public void A_write_keeps_its_number()
    {
        var window = new WriteWindow();
        window.Open(10);
        var (first, second) = (Request(OpCode.Create, 10), Request(OpCode.Delete, 10));
        window.Send(first);
        window.Send(second);
        window.Clear();
        window.Send(first);
        window.Send(second);
        Assert.Equal((1, 2), (first.Xid, second.Xid));
    }

    private static PendingRequest<bool> Request(OpCode type, int bytes) => new(type, new byte[bytes], "/n", static (ref JuteReader _) => true);
}

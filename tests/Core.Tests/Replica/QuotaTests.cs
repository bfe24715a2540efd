using System.Buffers;
using System.Text;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Tests.Replica;

/// <summary>Quotas: what is counted, and what is refused.</summary>
public sealed class QuotaTests
{
    private const string Stats = "/zookeeper/quota/q/zookeeper_stats";

    [Fact]
    public void Statistics_count_the_subtree_with_its_top_and_follow_every_change()
    {
        var client = Start(enforce: false, "count=1,bytes=1");
        Assert.Equal("count=2,bytes=10", Data(client));
        client.Create("/q/a", "12345");
        Assert.Equal("count=3,bytes=15", Data(client));
        client.Ask(OpCode.SetData, Frames.SetData("/q/a", "1"));
        Assert.Equal("count=3,bytes=11", Data(client));
        client.Create("/q/a/deep", "123");
        client.Create("/other", "123");
        Assert.Equal("count=4,bytes=14", Data(client));
        client.Ask(OpCode.Delete, Frames.PathVersion("/q/a/deep"));
        Assert.Equal("count=3,bytes=11", Data(client));
        client.Ask(OpCode.SetData, Frames.SetData(Stats, "count=0,bytes=0"));
        Assert.Equal("count=3,bytes=11", Data(client));
    }

    [Fact]
    public void Soft_limits_refuse_nothing_and_hard_ones_only_when_they_are_enforced()
    {
        var soft = Start(enforce: true, "count=1,bytes=1");
        Assert.Equal(ErrorCode.Ok, soft.Create("/q/a", "12345").Error);
        var lenient = Start(enforce: false, "count=-1,bytes=-1=;byteHardLimit=1;countHardLimit=1");
        Assert.Equal(ErrorCode.Ok, lenient.Create("/q/a", "12345").Error);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_soft_limit_that_is_exceeded_is_told_of_once_a_minute(bool enforce)
    {
        var client = Start(enforce, "count=3,bytes=20");
        client.Create("/q/a", "1234567890");
        Assert.Empty(client.Warnings);
        client.Create("/q/b", "");
        client.Create("/q/c", "1");
        client.Create("/free", "1234567890");
        client.Ask(OpCode.SetData, Frames.SetData("/q/c", "12"));
        Assert.Equal([new("/q", false, 4, 3), new("/q", true, 21, 20)], client.Warnings);
        client.Wait(59_000);
        client.Create("/q/d", "");
        Assert.Equal(2, client.Warnings.Count);
        client.Wait(2_000);
        client.Ask(OpCode.SetData, Frames.SetData("/q/c", "123"));
        client.Ask(OpCode.Delete, Frames.PathVersion("/q/d"));
        Assert.Equal(new("/q", true, 23, 20), Assert.Single(client.Warnings.Skip(2)));
        client.Create("/q/d", "");
        Assert.Equal(new("/q", false, 6, 3), client.Warnings[3]);
    }

    [Fact]
    public void A_multi_that_ends_below_a_soft_limit_is_not_told_of_and_a_follower_tells_nothing()
    {
        var client = Start(enforce: false, "count=3,bytes=-1");
        client.Ask(OpCode.Multi, Frames.Multi(
            (OpCode.Create, Frames.Create("/q/a")), (OpCode.Create, Frames.Create("/q/b")), (OpCode.Delete, Frames.PathVersion("/q/e"))));
        Assert.Empty(client.Warnings);
        var ensemble = new TestEnsemble(3);
        var writer = new TestClient(ensemble.Follower).Connect();
        foreach (var (path, data) in new[]
        {
            ("/q", ""), ("/zookeeper/quota/q", ""), ("/zookeeper/quota/q/zookeeper_limits", "count=1,bytes=-1"), ("/zookeeper/quota/q/zookeeper_stats", "count=0,bytes=0"), ("/q/a", ""),
        })
        {
            Assert.Equal(ErrorCode.Ok, writer.Ask(OpCode.Create, Frames.Create(path, data)).Error);
        }

        Assert.Equal([new("/q", false, 2, 1)], ensemble.Leader.QuotaWarnings);
        Assert.Empty(ensemble.Follower.QuotaWarnings);
    }

    [Fact]
    public void Enforced_limits_refuse_what_would_exceed_them()
    {
        var client = Start(enforce: true, "count=-1,bytes=-1=;byteHardLimit=20;countHardLimit=4");
        Assert.Equal(ErrorCode.Ok, client.Create("/q/a", "12345").Error);
        Assert.Equal(ErrorCode.QuotaExceeded, client.Create("/q/b", "123456").Error);
        Assert.Equal(ErrorCode.Ok, client.Create("/q/b", "12345").Error);
        Assert.Equal(ErrorCode.QuotaExceeded, client.Create("/q/c", "").Error);
        Assert.Equal(ErrorCode.QuotaExceeded, client.Ask(OpCode.SetData, Frames.SetData("/q/a", "123456")).Error);
        Assert.Equal(ErrorCode.Ok, client.Ask(OpCode.SetData, Frames.SetData("/q/a", "54321")).Error);
        Assert.Equal(ErrorCode.Ok, client.Create("/free", "1234567890123456789012345").Error);
        Assert.Equal("count=4,bytes=20", Data(client));
    }

    [Fact]
    public void A_multi_is_judged_as_a_whole_in_its_order_and_one_that_fails_uses_nothing()
    {
        var client = Start(enforce: true, "count=-1,bytes=-1=;countHardLimit=3");
        Assert.Equal(ErrorCode.Ok, client.Create("/q/a", "").Error);
        var failed = client.Ask(OpCode.Multi, Frames.Multi((OpCode.Create, Frames.Create("/q/b")), (OpCode.Delete, Frames.PathVersion("/q/a"))));
        Assert.Equal(["Error -125", "Error -2"], failed.Results);
        var done = client.Ask(OpCode.Multi, Frames.Multi((OpCode.Delete, Frames.PathVersion("/q/a")), (OpCode.Create, Frames.Create("/q/b"))));
        Assert.Equal(2, done.Results.Length);
        Assert.Equal(ErrorCode.QuotaExceeded, client.Create("/q/c", "").Error);
        Assert.Equal("count=3,bytes=10", Data(client));
    }

    [Fact]
    public void Requests_in_flight_together_do_not_pass_a_limit()
    {
        var client = Start(enforce: true, "count=-1,bytes=-1=;countHardLimit=5");
        var replies = client.AskAll([.. Enumerable.Range(0, 10).Select(i => (OpCode.Create, Frames.Create($"/q/{i}")))]);
        Assert.Equal(3, replies.Count(r => r.Error == ErrorCode.Ok));
        Assert.Equal(7, replies.Count(r => r.Error == ErrorCode.QuotaExceeded));
    }

    [Fact]
    public void A_quota_that_is_gone_limits_nothing()
    {
        var client = Start(enforce: true, "count=-1,bytes=-1=;countHardLimit=2");
        Assert.Equal(ErrorCode.QuotaExceeded, client.Create("/q/a", "").Error);
        client.Ask(OpCode.Delete, Frames.PathVersion(Stats));
        client.Ask(OpCode.Delete, Frames.PathVersion("/zookeeper/quota/q/zookeeper_limits"));
        Assert.Equal(ErrorCode.Ok, client.Create("/q/a", "").Error);
    }

    [Fact]
    public void A_restored_tree_keeps_the_same_account()
    {
        var client = Start(enforce: false, "count=1,bytes=1");
        client.Create("/q/a", "12345");
        var state = client.State;
        var copy = new ReplicaState();
        var reader = state.OpenState();
        var writer = copy.BeginRestore();
        var slice = new ArrayBufferWriter<byte>();
        bool more;
        do
        {
            more = reader.ReadNext(slice, 1 << 16);
            writer.Write(slice.WrittenSpan);
            slice.Clear();
        }
        while (more);

        writer.Complete(state.LastApplied);
        Assert.True(copy.Tree.TryFind(Encoding.UTF8.GetBytes(Stats), out var node));
        Assert.Equal("count=3,bytes=15", Encoding.UTF8.GetString(node.Data));
        Assert.Equal(new QuotaUsage(3, 15), Usage(copy.Tree));
    }

    private static QuotaUsage Usage(DataTree tree)
    {
        var length = 2;
        Assert.True(tree.Quotas.TryFind("/q"u8, ref length, out var usage));
        return usage;
    }

    private static QuotaClient Start(bool enforce, string limits)
    {
        var client = new QuotaClient(enforce);
        client.Create("/q", "1234567890");
        client.Create("/q/e", "");
        client.Create("/zookeeper/quota/q", "");
        client.Create("/zookeeper/quota/q/zookeeper_limits", limits);
        client.Create(Stats, "count=0,bytes=0");
        return client;
    }

    private static string Data(QuotaClient client) => client.Ask(OpCode.GetData, Frames.PathWatch(Stats)).Data;
}

using System.Buffers.Binary;
using System.Text;
using GrainKeeper.Client.Errors;
using GrainKeeper.Client.Hosting;
using GrainKeeper.Client.Sessions;
using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Client.Tests;

/// <summary>What reads of each consistency are answered with, with and without a quorum.</summary>
public sealed class ConsistencyTests
{
    private const int Port = 1;

    [Fact]
    public async Task Only_linearizable_reads_ask_for_a_confirmation_and_all_tell_where_they_were_read()
    {
        var replica = new LoopbackReplica();
        await using var client = await replica.ConnectAsync(LoopbackReplica.Options("one:1"));
        await client.CreateAsync("/a", "x"u8.ToArray());
        List<(OpCode Type, bool IsLinearizable)> asked = [];
        replica.OnFrames = batch => Note(batch, asked);
        foreach (var consistency in new ReadConsistency?[] { null, ReadConsistency.Eventual, ReadConsistency.Sequential, ReadConsistency.Linearizable })
        {
            var data = await client.GetDataAsync("/a", consistency: consistency);
            var stat = await client.GetStatAsync("/a", consistency: consistency);
            var missing = await client.GetStatAsync("/b", consistency: consistency);
            var children = await client.GetChildrenAsync("/", consistency: consistency);
            var acl = await client.GetAclAsync("/a", consistency: consistency);
            var node = await client.GetNodeAsync("/a", consistency: consistency);
            Assert.Equal("x", Encoding.UTF8.GetString(data.Data.Span));
            Assert.Equal((1, 0L, null), (stat.Stat!.Value.DataLength, stat.Stat.Value.EphemeralOwner, missing.Stat));
            Assert.Equal(["a", "zookeeper"], children.Names.Order(StringComparer.Ordinal));
            Assert.NotNull(await client.ExistsAsync("/a", consistency: consistency));
            Assert.Equal(0, await client.GetAllChildrenNumberAsync("/a", consistency: consistency));
            Assert.Equal(("x", stat.Stat!.Value), (Encoding.UTF8.GetString(node.Data.Span), node.Stat));
            Assert.All([data.Source, stat.Source, missing.Source, children.Source, acl.Source, node.Source], s => Assert.Equal(new ReadSource(Port, client.LastZxid, false), s));
        }

        OpCode[] each = [OpCode.GetData, OpCode.Exists, OpCode.Exists, OpCode.GetChildren2, OpCode.GetAcl, OpCode.GetNode, OpCode.Exists, OpCode.GetAllChildrenNumber];
        Assert.Equal([.. each.Select(t => (t, false)), .. each.Select(t => (t, false)), .. each.Select(t => (t, false)), .. each.Select(t => (t, true))], asked);
        await replica.StopAsync();
    }

    [Fact]
    public async Task Without_a_quorum_eventual_reads_are_answered_and_marked_and_everything_else_waits_for_one()
    {
        var replica = new LoopbackReplica(readOnlyMode: true);
        await using var client = await replica.ConnectAsync(LoopbackReplica.Options("one:1"));
        await client.AddAuthAsync("digest", "alice:secret"u8.ToArray());
        await client.CreateAsync("/mine", "old"u8.ToArray(), acl: new AclList([new AclEntry(Permissions.All, "auth", string.Empty)]));
        await client.CreateAsync("/e", mode: CreateMode.Ephemeral);
        var (session, seen) = (client.SessionId, client.LastZxid);
        replica.LoseQuorum();
        await Waiting.UntilAsync(() => client.State == ClientState.Connecting, "the loss of the server");

        var write = client.SetDataAsync("/mine", "new"u8.ToArray());
        var linearizable = client.GetDataAsync("/mine", consistency: ReadConsistency.Linearizable);
        var sequential = client.GetDataAsync("/mine");
        var watched = new TaskCompletionSource<WatchEvent>(TaskCreationOptions.RunContinuationsAsynchronously);
        for (var i = 0; i < 3; i++)
        {
            var old = await client.GetDataAsync("/mine", i == 2 ? watched.SetResult : null, ReadConsistency.Eventual).WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal(("old", new ReadSource(Port, seen, true)), (Encoding.UTF8.GetString(old.Data.Span), old.Source));
        }

        Assert.False(write.IsCompleted || linearizable.IsCompleted || sequential.IsCompleted);
        Assert.Equal((ClientState.Connecting, session, seen), (client.State, client.SessionId, client.LastZxid));

        replica.FindQuorum();
        Assert.Equal(1, (await write).Version);
        foreach (var node in new[] { await linearizable, await sequential, await client.GetDataAsync("/mine", consistency: ReadConsistency.Eventual) })
        {
            Assert.Equal(("new", false), (Encoding.UTF8.GetString(node.Data.Span), node.Source.WithoutQuorum));
        }

        Assert.Equal("/mine", (await watched.Task.WaitAsync(TimeSpan.FromSeconds(30))).Path);
        Assert.Equal(session, client.SessionId);
        Assert.Equal(session, (await client.ExistsAsync("/e"))!.Value.EphemeralOwner);
        await replica.StopAsync();
    }

    [Fact]
    public async Task Without_a_quorum_nothing_is_answered_where_the_server_is_not_configured_to()
    {
        var replica = new LoopbackReplica();
        await using var client = await replica.ConnectAsync(LoopbackReplica.Options("one:1") with { QueueTimeout = TimeSpan.FromMilliseconds(500) });
        await client.CreateAsync("/a");
        replica.LoseQuorum();
        await Assert.ThrowsAsync<ConnectionLossException>(() => client.GetDataAsync("/a", consistency: ReadConsistency.Eventual));
        await replica.StopAsync();
    }

    [Fact]
    public async Task A_client_whose_reads_are_eventual_can_begin_without_a_quorum_and_others_cannot()
    {
        var replica = new LoopbackReplica(readOnlyMode: true);
        await using (var writer = await replica.ConnectAsync(LoopbackReplica.Options("one:1")))
        {
            await writer.CreateAsync("/a", "x"u8.ToArray());
        }

        replica.LoseQuorum();
        var options = LoopbackReplica.Options("one:1") with { ConnectTimeout = TimeSpan.FromSeconds(1) };
        await Assert.ThrowsAsync<ConnectionLossException>(() => replica.ConnectAsync(options));

        await using var client = await replica.ConnectAsync(options with { ConnectTimeout = TimeSpan.FromSeconds(30), ReadConsistency = ReadConsistency.Eventual });
        var node = await client.GetDataAsync("/a");
        Assert.Equal(("x", true), (Encoding.UTF8.GetString(node.Data.Span), node.Source.WithoutQuorum));
        Assert.Equal(0, client.SessionId);

        replica.FindQuorum();
        Assert.Equal(1, (await client.SetDataAsync("/a", "y"u8.ToArray())).Version);
        Assert.NotEqual(0, client.SessionId);
        node = await client.GetDataAsync("/a");
        Assert.Equal(("y", false), (Encoding.UTF8.GetString(node.Data.Span), node.Source.WithoutQuorum));
        await replica.StopAsync();
    }

    [Fact]
    public void A_consistency_that_is_none_is_refused() =>
        Assert.Contains("ReadConsistency is 7", Assert.Throws<ArgumentException>(() => (LoopbackReplica.Options() with { ReadConsistency = (ReadConsistency)7 }).Validate()).Message, StringComparison.Ordinal);

    [Fact]
    public void A_hosted_clients_settings_say_what_its_reads_promise() => Assert.Equal(
        [ReadConsistency.Sequential, ReadConsistency.Linearizable],
        [
            new GrainKeeperClientSettings { Servers = "one:1" }.ToOptions().ReadConsistency,
            new GrainKeeperClientSettings { Servers = "one:1", ReadConsistency = ReadConsistency.Linearizable }.ToOptions().ReadConsistency,
        ]);

    private static bool Note(byte[] batch, List<(OpCode, bool)> asked)
    {
        ReadOnlyMemory<byte> rest = batch;
        while (FrameWriter.TryRead(ref rest, out var frame))
        {
            if (BinaryPrimitives.ReadInt32BigEndian(frame.Span) > 0)
            {
                var reader = new JuteReader(frame.Span);
                var (_, type, isLinearizable) = RequestHeader.Read(ref reader);
                asked.Add((type, isLinearizable));
            }
        }

        return true;
    }
}

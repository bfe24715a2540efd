using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Text;
using GrainKeeper.Cluster.Tests.Ensembles;
using GrainKeeper.Cluster.Tests.Hosting;
using GrainKeeper.Core.Jute;
using GrainKeeper.Grains.Connections;
using GrainKeeper.Grains.Pumping;
using Microsoft.Extensions.DependencyInjection;
using ErrorCode = GrainKeeper.Core.Jute.ErrorCode;

namespace GrainKeeper.Cluster.Tests.Pumping;

/// <summary>What a client sees when reads may be answered where they arrive.</summary>
public sealed class OrderTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_client_is_answered_in_its_order_and_reads_what_it_wrote(bool deferred)
    {
        const int Clients = 4;
        await using var cluster = new MiniCluster(1, withGrains: true);
        await cluster.StartAsync([.. cluster.Ids]);
        await cluster.LeaderAsync();
        var connections = Assert.Single(cluster.Running).Services.GetRequiredService<IReplicaConnections>();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(n => Task.Run(() => WriteAndReadAsync(connections, n, deferred))));
    }

    private static async Task WriteAndReadAsync(IReplicaConnections connections, int number, bool deferred)
    {
        var path = Encoding.ASCII.GetBytes($"/order{number}");
        var sink = new FrameSink();
        var client = connections.Open("root", IPAddress.Loopback, null, sink);
        Assert.NotNull(client);
        Assert.True(client.TryPost([Bytes(w => new ConnectRequest(0, 0, 30_000, 0, new byte[16], false).Write(w))]));
        await sink.TakeAsync();
        Assert.True(client.TryPost([Request(1, OpCode.Create, w =>
        {
            w.WriteBuffer(path);
            w.WriteBuffer(new byte[4]);
            w.WriteInt(1);
            w.WriteInt(31);
            w.WriteString("world");
            w.WriteString("anyone");
            w.WriteInt(0);
        })]));
        Assert.Equal(1, Xid(await sink.TakeAsync()));
        var random = new Random(number);
        var xid = 1;
        for (var round = 0; round < 400; round++)
        {
            var first = xid + 1;
            var written = round + 1;
            if (deferred)
            {
                DeferredWakes.Begin();
            }

            // A write, then reads one by one or all at once: none may overtake it.
            Assert.True(client.TryPost([Request(++xid, OpCode.SetData, w => new SetDataRequest(path, BitConverter.GetBytes(written), false, -1).Write(w))]));
            var reads = random.Next(1, 6);
            var frames = Enumerable.Range(0, reads).Select(_ => Request(++xid, OpCode.GetData, w => new PathWatchRequest(path, false).Write(w))).ToArray();
            if (random.Next(2) == 0)
            {
                Assert.True(client.TryPost(frames));
            }
            else
            {
                foreach (var frame in frames)
                {
                    Assert.True(client.TryPost([frame]));
                }
            }

            if (deferred)
            {
                DeferredWakes.End();
            }

            Assert.Equal(first, Xid(await sink.TakeAsync()));
            for (var i = 1; i <= reads; i++)
            {
                var answer = await sink.TakeAsync();
                Assert.Equal(first + i, Xid(answer));
                Assert.Equal(written, BitConverter.ToInt32(answer, 16 + sizeof(int)));
            }
        }

        client.Close();
    }

    private static int Xid(byte[] frame)
    {
        Assert.Equal((int)ErrorCode.Ok, BinaryPrimitives.ReadInt32BigEndian(frame.AsSpan(12)));
        return BinaryPrimitives.ReadInt32BigEndian(frame);
    }

    private static ReadOnlyMemory<byte> Request(int xid, OpCode type, Action<JuteWriter> body) => Bytes(w =>
    {
        new RequestHeader(xid, type).Write(w);
        body(w);
    });

    private static ReadOnlyMemory<byte> Bytes(Action<JuteWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        write(new JuteWriter(buffer));
        return buffer.WrittenMemory;
    }
}

using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using GrainKeeper.Core.Jute;
using GrainKeeper.Endpoint.Tests.Hosting;

namespace GrainKeeper.Endpoint.Tests;

/// <summary>Clients that mean no good, or are broken: the server stays up and answers others.</summary>
public sealed class HostileInputTests
{
    /// <summary>How much memory a client may cost.</summary>
    private const long Limit = 400L * 1024 * 1024;

    /// <summary>How long an honest client may have to wait meanwhile.</summary>
    private const int Bound = 10_000;

    private static readonly (OpCode Type, WireClient.Writing Body)[] Requests =
    [
        (OpCode.Create, w => Create(w, "/cut", 0)),
        (OpCode.CreateTtl, w =>
        {
            Create(w, "/cut", 5);
            w.WriteLong(1_000);
        }),
        (OpCode.SetData, w =>
        {
            w.WriteString("/cut");
            w.WriteBuffer("data"u8);
            w.WriteInt(-1);
        }),
        (OpCode.GetData, w =>
        {
            w.WriteString("/cut");
            w.WriteBool(true);
        }),
        (OpCode.Multi, w =>
        {
            MultiHeader.Request(OpCode.Create).Write(w);
            Create(w, "/cut", 0);
            MultiHeader.Request(OpCode.Check).Write(w);
            w.WriteString("/cut");
            w.WriteInt(-1);
            MultiHeader.End.Write(w);
        }),
        (OpCode.SetWatches2, w =>
        {
            w.WriteLong(0);
            for (var list = 0; list < 5; list++)
            {
                w.WriteInt(1);
                w.WriteString("/cut");
            }
        }),
        (OpCode.Reconfig, w =>
        {
            w.WriteString("server.2=a:1:2;3");
            w.WriteNull();
            w.WriteNull();
            w.WriteLong(-1);
        }),
        (OpCode.Auth, w => new AuthPacket(0, "digest"u8, "a:b"u8).Write(w)),
    ];

    [Fact]
    public async Task A_connection_that_ends_within_a_frame_harms_nobody_wherever_it_ends()
    {
        await using var server = await EndpointServer.StartAsync();
        await using var witness = await Witness.StartAsync(server);
        var connect = WireClient.ConnectFrame(4_000);
        for (var cut = 0; cut < connect.Length; cut++)
        {
            await SendAndLeaveAsync(server, connect[..cut]);
        }

        foreach (var (type, body) in Requests)
        {
            var frame = WireClient.RequestFrame(1, type, body);
            for (var cut = 0; cut < frame.Length; cut++)
            {
                await SendAndLeaveAsync(server, [.. connect, .. frame[..cut]]);
            }

            await witness.CheckAsync();
        }

        await witness.CheckAsync();
        var (header, _) = await witness.Client.GetDataAsync("/cut");
        Assert.Equal(ErrorCode.NoNode, header.Error);
    }

    [Fact]
    public async Task A_record_that_ends_early_is_answered_MarshallingError_and_the_session_goes_on_but_for_auth_which_closes()
    {
        await using var server = await EndpointServer.StartAsync();
        await using var witness = await Witness.StartAsync(server);
        foreach (var (type, body) in Requests)
        {
            var record = WireClient.Bytes(w => body(w));
            await using var client = await WireClient.ConnectAsync(server.Port);
            for (var cut = 0; cut < record.Length; cut++)
            {
                var shortened = record[..cut];
                if (type == OpCode.Auth)
                {
                    await using var refused = await WireClient.ConnectAsync(server.Port);
                    await refused.SendAsync(WireClient.RequestFrame(ReservedXid.Auth, type, w => w.WriteRaw(shortened)));
                    await refused.ClosedAsync();
                    continue;
                }

                // A reconfiguration is refused whatever it says.
                var expected = type == OpCode.Reconfig ? ErrorCode.ReconfigDisabled : ErrorCode.MarshallingError;
                var (answer, rest) = await client.AskAsync(type, w => w.WriteRaw(shortened));
                Assert.Equal((type, cut, expected, 0), (type, cut, answer.Error, rest.Length));
            }

            await witness.CheckAsync();
        }

        await witness.CheckAsync();
        var (header, _) = await witness.Client.GetDataAsync("/cut");
        Assert.Equal(ErrorCode.NoNode, header.Error);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    [InlineData(0x100000)]
    public async Task A_frame_of_an_impossible_length_closes_its_connection_before_anything_of_it_is_read(int length)
    {
        await using var server = await EndpointServer.StartAsync();
        await using var witness = await Witness.StartAsync(server);
        var prefix = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(prefix, length);
        await using var early = await WireClient.DialAsync(server.Port);
        await early.SendAsync(prefix);
        await early.ClosedAsync();
        await using var late = await WireClient.ConnectAsync(server.Port);
        await late.SendAsync(prefix);
        await late.ClosedAsync();
        await witness.CheckAsync();
    }

    [Theory]
    [InlineData(-12)]
    [InlineData(10)]
    [InlineData(13)]
    [InlineData(23)]
    [InlineData(99)]
    [InlineData(108)]
    [InlineData(int.MaxValue)]
    public async Task An_operation_that_does_not_exist_is_answered_Unimplemented_and_closes_its_connection(int type)
    {
        await using var server = await EndpointServer.StartAsync();
        await using var witness = await Witness.StartAsync(server);
        await using var client = await WireClient.ConnectAsync(server.Port);
        var (header, body) = await client.AskAsync((OpCode)type, w => w.WriteString("/a"));
        Assert.Equal((ErrorCode.Unimplemented, 0), (header.Error, body.Length));
        await client.ClosedAsync();
        await witness.CheckAsync();
    }

    [Fact]
    public async Task Bad_paths_are_refused_and_the_session_goes_on()
    {
        await using var server = await EndpointServer.StartAsync();
        await using var client = await WireClient.ConnectAsync(server.Port);
        byte[][] paths =
        [
            [], "a"u8.ToArray(), "/a/"u8.ToArray(), "//a"u8.ToArray(), "/a//b"u8.ToArray(), "/."u8.ToArray(), "/.."u8.ToArray(), "/a\0b"u8.ToArray(),
            [(byte)'/', 0xff, 0xfe], [(byte)'/', 0xc3], [(byte)'/', 0xc0, 0x80], [(byte)'/', 0xed, 0xa0, 0x80], [(byte)'/', 0xf4, 0x90, 0x80, 0x80],
            Encoding.UTF8.GetBytes("/\u0001"), Encoding.UTF8.GetBytes("/\u007f"), Encoding.UTF8.GetBytes("/\ufff0"),
        ];
        foreach (var path in paths)
        {
            var (header, _) = await client.AskAsync(OpCode.Create, w =>
            {
                w.WriteBuffer(path);
                w.WriteBuffer([]);
                OpenAcl(w);
                w.WriteInt(0);
            });
            Assert.True(header.Error is ErrorCode.BadArguments or ErrorCode.NoNode, $"{Convert.ToHexString(path)}: {header.Error}");
        }

        var (last, _) = await client.CreateAsync("/ünïcode", []);
        Assert.Equal(ErrorCode.Ok, last.Error);
    }

    [Fact]
    public async Task A_thousand_half_open_connections_keep_nobody_waiting_and_are_closed_in_time()
    {
        await using var server = await EndpointServer.StartAsync(c => c with { HandshakeTimeout = 5_000 });
        await using var witness = await Witness.StartAsync(server);
        var idle = new List<WireClient>();
        try
        {
            for (var i = 0; i < 1_000; i++)
            {
                idle.Add(await WireClient.DialAsync(server.Port));
                if (i % 2 == 0)
                {
                    await idle[^1].SendAsync(new byte[] { 0, 0, 0, 45, 0 });
                }
            }

            await witness.CheckAsync();
            await Task.WhenAll(idle.Select(c => c.ClosedAsync()));
            await witness.CheckAsync();
        }
        finally
        {
            foreach (var client in idle)
            {
                await client.DisposeAsync();
            }
        }

        var mntr = await FourLetterWordTests.AskAsync(server, "mntr");
        Assert.Contains("zk_num_alive_connections\t2\n", mntr, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_never_reads_is_held_back_then_loses_its_session_and_its_memory()
    {
        await using var server = await EndpointServer.StartAsync();
        await using var witness = await Witness.StartAsync(server);
        await witness.Client.CreateAsync("/large", new byte[900_000]);
        await using var deaf = await WireClient.ConnectAsync(server.Port, 4_000);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var request = WireClient.RequestFrame(1, OpCode.GetData, w =>
        {
            w.WriteString("/large");
            w.WriteBool(false);
        });
        var batch = Enumerable.Repeat(request, 200).SelectMany(r => r).ToArray();
        var flood = FloodAsync(deaf, batch);
        var most = 0L;
        var watch = Stopwatch.StartNew();
        while (!flood.IsCompleted)
        {
            Assert.True(watch.ElapsedMilliseconds < WireClient.Patience, "the connection of a client that does not read was never closed");

            // What waits to be collected is not held: how much that is depends on the machine.
            var now = GC.GetTotalMemory(forceFullCollection: false) - before;
            most = Math.Max(most, now < Limit ? now : GC.GetTotalMemory(forceFullCollection: true) - before);
            await witness.CheckAsync();
            await Task.Delay(50);
        }

        Assert.True(most < Limit, $"{most >> 20} MiB were held for a client that does not read");
        await witness.CheckAsync();
        await EventuallyAsync(async () => (await FourLetterWordTests.AskAsync(server, "mntr")).Contains("zk_num_alive_connections\t2\n", StringComparison.Ordinal));
    }

    private static async Task FloodAsync(WireClient client, byte[] batch)
    {
        try
        {
            while (true)
            {
                await client.SendAsync(batch);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The server has closed the connection, or takes nothing any more.
        }
    }

    private static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(watch.ElapsedMilliseconds < WireClient.Patience, "it did not come to pass");
            await Task.Delay(100);
        }
    }

    private static async Task SendAndLeaveAsync(EndpointServer server, byte[] bytes)
    {
        await using var client = await WireClient.DialAsync(server.Port);
        await client.SendAsync(bytes);
    }

    private static void Create(JuteWriter writer, string path, int flags)
    {
        writer.WriteString(path);
        writer.WriteBuffer("data"u8);
        OpenAcl(writer);
        writer.WriteInt(flags);
    }

    private static void OpenAcl(JuteWriter writer)
    {
        writer.WriteInt(1);
        writer.WriteInt(31);
        writer.WriteString("world");
        writer.WriteString("anyone");
    }

    /// <summary>An honest client that must be served whatever others do.</summary>
    private sealed class Witness(WireClient client) : IAsyncDisposable
    {
        private int _version;

        public WireClient Client => client;

        public static async Task<Witness> StartAsync(EndpointServer server)
        {
            var client = await WireClient.ConnectAsync(server.Port, 20_000);
            await client.CreateAsync("/witness", []);
            return new Witness(client);
        }

        public async Task CheckAsync()
        {
            var watch = Stopwatch.StartNew();
            var (written, _) = await client.AskAsync(OpCode.SetData, w =>
            {
                w.WriteString("/witness");
                w.WriteBuffer("here"u8);
                w.WriteInt(_version);
            });
            Assert.Equal(ErrorCode.Ok, written.Error);
            _version++;
            var (read, body) = await client.GetDataAsync("/witness");
            Assert.Equal((ErrorCode.Ok, "here"), (read.Error, Encoding.ASCII.GetString(body, 4, 4)));
            Assert.True(watch.ElapsedMilliseconds < Bound, $"an honest client waited {watch.ElapsedMilliseconds} ms");
        }

        public ValueTask DisposeAsync() => client.DisposeAsync();
    }
}

using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using GrainKeeper.Core.Jute;
using GrainKeeper.Endpoint.Tests.Hosting;
using Xunit.Abstractions;

namespace GrainKeeper.Endpoint.Tests;

/// <summary>What a request allocates on its whole way from a client's socket and back, log included, whatever the machine's speed.</summary>
public sealed class CostTests(ITestOutputHelper output)
{
    private const int Batch = 64;
    private const int Rounds = 100;

    [Fact]
    public async Task A_request_allocates_little_more_than_what_it_leaves_behind()
    {
        await using var server = await EndpointServer.StartAsync();
        using var limit = new CancellationTokenSource(WireClient.Patience);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, server.Port, limit.Token);
        await socket.SendAsync(WireClient.ConnectFrame(20_000), limit.Token);
        await AnswerAsync(socket, limit.Token);

        var write = await BytesOfAsync(socket, WireClient.RequestFrame(1, OpCode.SetData, w => new SetDataRequest("/"u8, new byte[128], false, -1).Write(w)), limit.Token);
        var read = await BytesOfAsync(socket, WireClient.RequestFrame(1, OpCode.GetData, w => new PathWatchRequest("/"u8, false).Write(w)), limit.Token);
        output.WriteLine($"bytes allocated, {Batch} requests at a time: {write} by a write, {read} by a read");
        Assert.InRange(write, 128, 1_500);
        Assert.InRange(read, 1, 600);
    }

    private static async Task<long> BytesOfAsync(Socket socket, byte[] frame, CancellationToken cancellationToken)
    {
        await socket.SendAsync(frame, cancellationToken);
        var answer = await AnswerAsync(socket, cancellationToken);
        var requests = Enumerable.Repeat(frame, Batch).SelectMany(f => f).ToArray();
        var answers = new byte[Batch * answer];
        await RoundsAsync(20);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await RoundsAsync(Rounds);
        return (GC.GetTotalAllocatedBytes(precise: true) - before) / (Rounds * Batch);

        async Task RoundsAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                await socket.SendAsync(requests, cancellationToken);
                await FillAsync(socket, answers, cancellationToken);
                Assert.Equal((int)ErrorCode.Ok, BinaryPrimitives.ReadInt32BigEndian(answers.AsSpan(16)));
            }
        }
    }

    private static async Task<int> AnswerAsync(Socket socket, CancellationToken cancellationToken)
    {
        var prefix = new byte[sizeof(int)];
        await FillAsync(socket, prefix, cancellationToken);
        var body = new byte[BinaryPrimitives.ReadInt32BigEndian(prefix)];
        await FillAsync(socket, body, cancellationToken);
        return prefix.Length + body.Length;
    }

    private static async Task FillAsync(Socket socket, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (!buffer.IsEmpty)
        {
            var read = await socket.ReceiveAsync(buffer, cancellationToken);
            Assert.NotEqual(0, read);
            buffer = buffer[read..];
        }
    }
}

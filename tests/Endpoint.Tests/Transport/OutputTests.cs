using System.Buffers;
using System.IO.Pipelines;

namespace GrainKeeper.Endpoint.Tests.Transport;

/// <summary>What a connection's writer does to its socket, however that receives.</summary>
public abstract class OutputTests(Receiving receiving) : IAsyncLifetime
{
    private SocketPair _pair = null!;

    private PipeWriter Output => _pair.Connection.Transport.Output;

    public async Task InitializeAsync() => _pair = await SocketPair.OpenAsync(receiving);

    public async Task DisposeAsync() => await _pair.DisposeAsync();

    [Fact]
    public async Task Nothing_goes_out_before_a_flush()
    {
        Output.Write<byte>([1, 2]);
        Assert.Equal(2, Output.UnflushedBytes);
        Assert.Equal(0, _pair.Peer.Available);
        Output.Write<byte>([3]);
        var flushed = Output.FlushAsync(_pair.Patience);
        Assert.True(flushed.IsCompletedSuccessfully);
        Assert.False((await flushed).IsCompleted);
        Assert.Equal([1, 2, 3], await _pair.ReceiveAsync(3));
        Assert.Equal(0, Output.UnflushedBytes);
    }

    [Theory]
    [InlineData(1, 10_000)]
    [InlineData(999, 10_000)]
    [InlineData(5_000, 1_000)]
    [InlineData(300_000, 10)]
    public async Task Whatever_the_pieces_everything_arrives_in_order(int piece, int pieces)
    {
        var sent = new byte[piece * pieces];
        new Random(piece).NextBytes(sent);
        var receiving = _pair.ReceiveAsync(sent.Length);
        for (var i = 0; i < pieces; i++)
        {
            Output.Write(sent.AsSpan(i * piece, piece));
            if (i % 7 == 6)
            {
                Assert.False((await Output.FlushAsync(_pair.Patience)).IsCompleted);
            }
        }

        await Output.FlushAsync(_pair.Patience);
        Assert.Equal(sent, await receiving);
    }

    [Fact]
    public async Task Pieces_of_mixed_sizes_arrive_in_order_when_each_is_flushed()
    {
        var random = new Random(3);
        var sent = new byte[3_000_000];
        random.NextBytes(sent);
        var receiving = _pair.ReceiveAsync(sent.Length);
        for (var at = 0; at < sent.Length;)
        {
            var length = Math.Min(random.Next(4) == 0 ? random.Next(100_000) : random.Next(300), sent.Length - at);
            Output.Write(sent.AsSpan(at, length));
            at += length;
            Assert.False((await Output.FlushAsync(_pair.Patience)).IsCompleted);
        }

        Assert.Equal(sent, await receiving);
    }

    [Fact]
    public async Task The_room_follows_what_is_usually_flushed()
    {
        Assert.InRange(Output.GetMemory().Length, 1, 1_024);
        Output.Write(new byte[20_000]);
        await Output.FlushAsync(_pair.Patience);
        Assert.InRange(Output.GetMemory().Length, 20_000, 65_536);
        for (var i = 0; i < 10; i++)
        {
            Output.Write<byte>([1]);
            await Output.FlushAsync(_pair.Patience);
        }

        Assert.InRange(Output.GetMemory().Length, 1, 1_024);
        Assert.InRange(Output.GetMemory(300_000).Length, 300_000, 524_288);
    }

    [Fact]
    public async Task A_flush_waits_for_a_peer_that_does_not_read_and_can_be_cancelled()
    {
        var flushing = Fill();
        Assert.False(flushing.IsCompleted);
        Output.CancelPendingFlush();
        Assert.True((await flushing.WaitAsync(_pair.Patience)).IsCompleted);
        Output.Write<byte>([1]);
        Assert.True((await Output.FlushAsync(_pair.Patience)).IsCompleted);
        Assert.Equal(0, Output.UnflushedBytes);
    }

    [Fact]
    public async Task A_flush_that_waits_ends_with_its_callers_token()
    {
        using var patience = new CancellationTokenSource();
        var flushing = Fill(patience.Token);
        Assert.False(flushing.IsCompleted);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flushing.WaitAsync(_pair.Patience));
    }

    [Fact]
    public async Task A_flush_that_waits_ends_when_the_connection_is_aborted()
    {
        var flushing = Fill();
        Assert.False(flushing.IsCompleted);
        _pair.Connection.Abort();
        Assert.True((await flushing.WaitAsync(_pair.Patience)).IsCompleted);
    }

    [Fact]
    public async Task A_flush_to_a_peer_that_has_gone_is_completed_and_throws_nothing()
    {
        _pair.Reset();
        FlushResult result;
        do
        {
            Output.Write(new byte[1_000]);
            result = await Output.FlushAsync(_pair.Patience);
        }
        while (!result.IsCompleted);
        Assert.Equal(0, Output.UnflushedBytes);
    }

    [Fact]
    public async Task What_was_written_last_is_sent_before_the_socket_closes()
    {
        Output.Write<byte>([1, 2, 3]);
        await _pair.Connection.DisposeAsync();
        Assert.Equal([1, 2, 3], await _pair.ReceiveAsync(3));
        Assert.Equal(0, await _pair.Peer.ReceiveAsync(new byte[1], _pair.Patience));
    }

    private Task<FlushResult> Fill(CancellationToken cancellationToken = default)
    {
        Output.Write(new byte[64 * 1024 * 1024]);
        return Output.FlushAsync(cancellationToken).AsTask();
    }
}

using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace GrainKeeper.Endpoint.Tests.Transport;

/// <summary>What a connection's reader sees of its socket, however that receives.</summary>
public abstract class InputTests(Receiving receiving) : IAsyncLifetime
{
    private SocketPair _pair = null!;

    private PipeReader Input => _pair.Connection.Transport.Input;

    public async Task InitializeAsync() => _pair = await SocketPair.OpenAsync(receiving);

    public async Task DisposeAsync() => await _pair.DisposeAsync();

    [Fact]
    public async Task Gives_what_has_come_and_keeps_what_is_not_consumed()
    {
        await _pair.Peer.SendAsync(new byte[] { 1, 2, 3 }, _pair.Patience);
        var first = await Input.ReadAtLeastAsync(3, _pair.Patience);
        Assert.Equal([1, 2, 3], first.Buffer.ToArray());
        Input.AdvanceTo(first.Buffer.GetPosition(1), first.Buffer.End);

        var waiting = Input.ReadAsync(_pair.Patience);
        Assert.False(waiting.IsCompleted);
        await _pair.Peer.SendAsync(new byte[] { 4 }, _pair.Patience);
        var second = await waiting;
        Assert.Equal([2, 3, 4], second.Buffer.ToArray());
        Assert.False(second.IsCompleted);
        Input.AdvanceTo(second.Buffer.End);
    }

    [Fact]
    public async Task Gives_again_at_once_what_was_not_examined()
    {
        await _pair.Peer.SendAsync(new byte[] { 1, 2, 3 }, _pair.Patience);
        var first = await Input.ReadAtLeastAsync(3, _pair.Patience);
        Input.AdvanceTo(first.Buffer.Start, first.Buffer.GetPosition(2));

        Assert.True(Input.TryRead(out var again));
        Assert.Equal([1, 2, 3], again.Buffer.ToArray());
        Input.AdvanceTo(again.Buffer.End);
        Assert.False(Input.TryRead(out _));
    }

    [Theory]
    [InlineData(600)]
    [InlineData(70_000)]
    [InlineData(3_000_000)]
    public async Task A_long_message_is_gathered_whole_and_unchanged(int length)
    {
        var message = new byte[length];
        new Random(length).NextBytes(message);
        for (var round = 0; round < 3; round++)
        {
            var sending = _pair.Peer.SendAsync(message, _pair.Patience).AsTask();
            var result = await Input.ReadAtLeastAsync(length, _pair.Patience);
            await sending;
            Assert.Equal(message, result.Buffer.ToArray());
            Input.AdvanceTo(result.Buffer.End);
        }
    }

    [Fact]
    public async Task Many_messages_of_all_lengths_come_in_order()
    {
        var random = new Random(7);
        var sent = new byte[2_000_000];
        random.NextBytes(sent);
        var sending = Task.Run(async () =>
        {
            for (var at = 0; at < sent.Length;)
            {
                var count = Math.Min(random.Next(1, 5_000), sent.Length - at);
                at += await _pair.Peer.SendAsync(sent.AsMemory(at, count), _pair.Patience);
            }
        });

        var got = new MemoryStream();
        var consume = new Random(8);
        while (got.Length < sent.Length)
        {
            var result = await Input.ReadAsync(_pair.Patience);
            var part = result.Buffer.Slice(0, consume.Next(1, (int)result.Buffer.Length + 1));
            got.Write(part.ToArray());
            Input.AdvanceTo(part.End);
        }

        await sending;
        Assert.Equal(sent, got.ToArray());
    }

    [Fact]
    public async Task The_end_is_told_with_what_came_before_it()
    {
        await _pair.Peer.SendAsync(new byte[] { 1 }, _pair.Patience);
        _pair.Peer.Shutdown(SocketShutdown.Send);
        var first = await Input.ReadAtLeastAsync(1, _pair.Patience);
        Input.AdvanceTo(first.Buffer.Start, first.Buffer.End);
        var last = await Input.ReadAsync(_pair.Patience);
        Assert.True(last.IsCompleted);
        Assert.Equal([1], last.Buffer.ToArray());
        Input.AdvanceTo(last.Buffer.End);
        Assert.True((await Input.ReadAsync(_pair.Patience)).IsCompleted);
    }

    [Fact]
    public async Task A_cancelled_read_ends_and_the_next_gives_what_comes()
    {
        var waiting = Input.ReadAsync(_pair.Patience).AsTask();
        Input.CancelPendingRead();
        var cancelled = await waiting;
        Assert.True(cancelled.IsCanceled);
        Input.AdvanceTo(cancelled.Buffer.End);

        Input.CancelPendingRead();
        var cancelledBefore = await Input.ReadAsync(_pair.Patience);
        Assert.True(cancelledBefore.IsCanceled);
        Input.AdvanceTo(cancelledBefore.Buffer.End);

        await _pair.Peer.SendAsync(new byte[] { 9 }, _pair.Patience);
        var result = await Input.ReadAsync(_pair.Patience);
        Assert.False(result.IsCanceled);
        Assert.Equal([9], result.Buffer.ToArray());
    }

    [Fact]
    public async Task A_read_ends_with_its_callers_token_and_the_next_gives_what_comes()
    {
        using var patience = new CancellationTokenSource();
        var waiting = Input.ReadAsync(patience.Token).AsTask();
        await patience.CancelAsync();
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(patience.Token, error.CancellationToken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Input.ReadAsync(patience.Token).AsTask());

        await _pair.Peer.SendAsync(new byte[] { 9 }, _pair.Patience);
        var result = await Input.ReadAsync(_pair.Patience);
        Assert.Equal([9], result.Buffer.ToArray());
    }

    [Fact]
    public async Task A_cancellation_that_comes_late_ends_no_later_read()
    {
        for (var i = 0; i < 500; i++)
        {
            using var patience = new CancellationTokenSource();
            var first = Input.ReadAsync(patience.Token).AsTask();
            var cancelling = Task.Run(patience.Cancel);
            await _pair.Peer.SendAsync(new[] { (byte)i }, _pair.Patience);
            try
            {
                var read = await first;
                Assert.Equal([(byte)i], read.Buffer.ToArray());
                Input.AdvanceTo(read.Buffer.End);
                await _pair.Peer.SendAsync(new[] { (byte)i }, _pair.Patience);
            }
            catch (OperationCanceledException)
            {
                // Then the second read gets what was sent.
            }

            var second = await Input.ReadAsync(_pair.Patience);
            await cancelling;
            Assert.False(second.IsCanceled);
            Assert.Equal([(byte)i], second.Buffer.ToArray());
            Input.AdvanceTo(second.Buffer.End);
        }
    }

    [Fact]
    public async Task A_cancelled_read_ends_at_whatever_moment_it_is_cancelled()
    {
        for (var i = 0; i < 2_000; i++)
        {
            using var both = new Barrier(2);
            var cancelling = Task.Run(() =>
            {
                both.SignalAndWait(_pair.Patience);
                Input.CancelPendingRead();
            });
            both.SignalAndWait(_pair.Patience);
            var read = await Input.ReadAsync(_pair.Patience);
            Assert.True(read.IsCanceled);
            Input.AdvanceTo(read.Buffer.End);
            await cancelling;
        }
    }

    [Fact]
    public async Task A_broken_connection_is_an_error_that_says_so()
    {
        var waiting = Input.ReadAsync(_pair.Patience).AsTask();
        _pair.Reset();
        await Assert.ThrowsAsync<ConnectionResetException>(() => waiting);
    }

    [Fact]
    public async Task Aborting_ends_a_waiting_read_and_tells_those_who_listen()
    {
        var closed = new TaskCompletionSource();
        using var listening = _pair.Connection.ConnectionClosed.Register(closed.SetResult);
        var waiting = Input.ReadAsync(_pair.Patience).AsTask();
        _pair.Connection.Abort();
        _pair.Connection.Abort();
        await Assert.ThrowsAsync<ConnectionAbortedException>(() => waiting);
        await closed.Task.WaitAsync(_pair.Patience);
        await Assert.ThrowsAsync<ConnectionAbortedException>(() => Input.ReadAsync(_pair.Patience).AsTask());
        Assert.Equal(0, await _pair.Peer.ReceiveAsync(new byte[1], _pair.Patience));
    }

    [Fact]
    public async Task Whoever_finds_its_read_ended_by_an_abort_finds_the_connection_closed()
    {
        for (var i = 0; i < 300; i++)
        {
            await using var pair = await SocketPair.OpenAsync(receiving);
            var reading = ReadAsync(pair.Connection);
            pair.Connection.Abort();
            Assert.Equal((typeof(ConnectionAbortedException), true), await reading);
        }

        static async Task<(Type? Error, bool Closed)> ReadAsync(ConnectionContext connection)
        {
            try
            {
                await connection.Transport.Input.ReadAsync();
                return (null, connection.ConnectionClosed.IsCancellationRequested);
            }
            catch (Exception e)
            {
                return (e.GetType(), connection.ConnectionClosed.IsCancellationRequested);
            }
        }
    }

    [Fact]
    public async Task Reads_that_wait_and_their_answers_allocate_next_to_nothing()
    {
        const int Rounds = 2_000;
        var answering = Task.Run(AnswerAsync);
        await Task.Run(() => AskAsync(Rounds));
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await Task.Run(() => AskAsync(Rounds));
        var each = (GC.GetTotalAllocatedBytes(precise: true) - before) / Rounds;
        _pair.Peer.Shutdown(SocketShutdown.Send);
        await answering;

        // The registration of the caller's token; a state machine or a buffer for each read would exceed it.
        Assert.InRange(each, 0, 150);
    }

    private async Task AskAsync(int count)
    {
        var message = new byte[1];
        for (var i = 0; i < count; i++)
        {
            await _pair.Peer.SendAsync(message, _pair.Patience);
            await _pair.Peer.ReceiveAsync(message, _pair.Patience);
        }
    }

    private async Task AnswerAsync()
    {
        while (true)
        {
            var read = await Input.ReadAsync(_pair.Patience);
            if (read.IsCompleted)
            {
                return;
            }

            Input.AdvanceTo(read.Buffer.End);
            _pair.Connection.Transport.Output.Write<byte>([1]);
            await _pair.Connection.Transport.Output.FlushAsync(_pair.Patience);
        }
    }
}

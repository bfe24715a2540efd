using System.Buffers;
using System.Net.Sockets;
using GrainKeeper.Silo.Transport;

namespace GrainKeeper.Endpoint.Tests.Transport;

/// <summary>The thread that receives for many sockets.</summary>
public sealed class PollerTests
{
    private static readonly byte[] Message = [1, 2, 3];

    [Theory]
    [InlineData(Receiving.ByFramework, true)]
    [InlineData(Receiving.Polled, true)]
    [InlineData(Receiving.InPlace, false)]
    public async Task Only_who_has_asked_for_it_reads_on_a_thread_that_is_none_of_the_pools(Receiving receiving, bool onPool)
    {
        await using var pair = await SocketPair.OpenAsync(receiving);
        var reading = OnPoolAsync();
        await pair.Peer.SendAsync(Message, pair.Patience);
        Assert.Equal(onPool, await reading);

        async Task<bool> OnPoolAsync()
        {
            await pair.Connection.Transport.Input.ReadAsync(pair.Patience).ConfigureAwait(false);
            return Thread.CurrentThread.IsThreadPoolThread;
        }
    }

    [Fact]
    public async Task A_socket_that_nobody_reads_is_left_alone_and_keeps_what_has_come()
    {
        using var sockets = await RawPair.OpenAsync();
        var receiver = new PolledReceiver(sockets.Own);
        var buffer = new byte[8];
        var waiting = receiver.ReceiveAsync(buffer).AsTask();
        await sockets.Peer.SendAsync(Message);
        Assert.Equal(3, await waiting);

        // What comes now is nobody's: the poller looks once, and then no more.
        await sockets.Peer.SendAsync(Message);
        await UntouchedAsync(receiver);
        Assert.Equal(3, await receiver.ReceiveAsync(buffer));
        Assert.True(receiver.IsWatched);
        sockets.Peer.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await receiver.ReceiveAsync(buffer));
        await UntouchedAsync(receiver);
        Assert.Equal(0, await receiver.ReceiveAsync(buffer));
        receiver.Close();
        Assert.False(receiver.IsWatched);
    }

    [Fact]
    public async Task An_interruption_ends_the_receive_that_waits_and_none_that_comes_later()
    {
        using var sockets = await RawPair.OpenAsync();
        var receiver = new PolledReceiver(sockets.Own);
        receiver.Interrupt();
        var first = receiver.ReceiveAsync(new byte[8]).AsTask();
        Assert.False(first.IsCompleted);
        receiver.Interrupt();
        receiver.Interrupt();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        var second = receiver.ReceiveAsync(new byte[8]).AsTask();
        await sockets.Peer.SendAsync(Message);
        Assert.Equal(3, await second);
        receiver.Close();
    }

    [Fact]
    public async Task Closing_ends_a_receive_and_all_later_ones()
    {
        using var sockets = await RawPair.OpenAsync();
        var receiver = new PolledReceiver(sockets.Own);
        var waiting = receiver.ReceiveAsync(new byte[8]).AsTask();
        receiver.Close();
        receiver.Close();
        Assert.Equal(SocketError.OperationAborted, (await Assert.ThrowsAsync<SocketException>(() => waiting)).SocketErrorCode);
        var late = await Assert.ThrowsAsync<SocketException>(() => receiver.ReceiveAsync(new byte[8]).AsTask());
        Assert.Equal(SocketError.OperationAborted, late.SocketErrorCode);
    }

    [Fact]
    public async Task Many_connections_that_come_and_go_get_only_what_is_theirs()
    {
        // Descriptors are used again at once: what a poller still has of an old connection must not reach a new one.
        await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Task.Run(() => ComeAndGoAsync((byte)n))));
    }

    private static async Task UntouchedAsync(PolledReceiver receiver)
    {
        var until = DateTime.UtcNow.AddSeconds(60);
        while (receiver.IsWatched)
        {
            Assert.True(DateTime.UtcNow < until, "the poller still comes");
            await Task.Delay(1);
        }
    }

    private static async Task ComeAndGoAsync(byte own)
    {
        for (var i = 0; i < 150; i++)
        {
            await using var pair = await SocketPair.OpenAsync(i % 2 == 0 ? Receiving.Polled : Receiving.InPlace);
            var reading = pair.Connection.Transport.Input.ReadAtLeastAsync(2, pair.Patience).AsTask();
            await pair.Peer.SendAsync(new[] { own, (byte)i }, pair.Patience);
            Assert.Equal([own, (byte)i], (await reading).Buffer.ToArray());
            if (i % 3 == 0)
            {
                // One that is broken with data unread.
                await pair.Peer.SendAsync(Message, pair.Patience);
                pair.Reset();
            }
        }
    }
}

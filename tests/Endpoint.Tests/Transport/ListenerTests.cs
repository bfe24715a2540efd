using System.Net;
using System.Net.Sockets;
using GrainKeeper.Silo.Transport;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;

namespace GrainKeeper.Endpoint.Tests.Transport;

/// <summary>Listeners and dialled connections.</summary>
public sealed class ListenerTests : IDisposable
{
    private readonly DirectListenerFactory _factory = new(keepAlive: true, polled: false, NullLogger<DirectListenerFactory>.Instance);
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(60));

    public void Dispose() => _patience.Dispose();

    [Fact]
    public async Task Both_ends_of_a_connection_know_each_other_and_talk()
    {
        await using var listener = await _factory.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), _patience.Token);
        await using var dialled = await _factory.ConnectAsync(listener.EndPoint, _patience.Token);
        await using var accepted = (await listener.AcceptAsync(_patience.Token))!;
        Assert.Equal(dialled.LocalEndPoint, accepted.RemoteEndPoint);
        Assert.Equal(dialled.RemoteEndPoint, accepted.LocalEndPoint);
        Assert.NotEqual(dialled.ConnectionId, accepted.ConnectionId);

        await dialled.Transport.Output.WriteAsync(new byte[] { 5 }, _patience.Token);
        var read = await accepted.Transport.Input.ReadAsync(_patience.Token);
        Assert.Equal(5, read.Buffer.FirstSpan[0]);
        accepted.Transport.Input.AdvanceTo(read.Buffer.End);
    }

    [Fact]
    public async Task A_port_in_use_is_named_by_the_error()
    {
        await using var listener = await _factory.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), _patience.Token);
        var error = await Assert.ThrowsAsync<AddressInUseException>(() => _factory.BindAsync(listener.EndPoint, _patience.Token).AsTask());
        Assert.Contains(listener.EndPoint.ToString()!, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_listener_that_is_unbound_gives_no_connection_and_frees_its_port()
    {
        await using var listener = await _factory.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), _patience.Token);
        var accepting = listener.AcceptAsync(_patience.Token).AsTask();
        await listener.UnbindAsync(_patience.Token);
        Assert.Null(await accepting.WaitAsync(_patience.Token));
        Assert.Null(await listener.AcceptAsync(_patience.Token));
        await using var next = await _factory.BindAsync(listener.EndPoint, _patience.Token);
        Assert.Equal(listener.EndPoint, next.EndPoint);
    }

    [Fact]
    public async Task Clients_that_vanish_before_they_are_accepted_do_not_stop_a_listener()
    {
        await using var listener = await _factory.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), _patience.Token);
        for (var i = 0; i < 20; i++)
        {
            using var hasty = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(true, 0) };
            await hasty.ConnectAsync(listener.EndPoint, _patience.Token);
        }

        await using var last = await _factory.ConnectAsync(listener.EndPoint, _patience.Token);
        while (true)
        {
            await using var accepted = (await listener.AcceptAsync(_patience.Token))!;
            if (Equals(accepted.RemoteEndPoint, last.LocalEndPoint))
            {
                return;
            }
        }
    }

    [Fact]
    public async Task Dialling_a_closed_port_fails_and_an_impatient_caller_does_not_wait()
    {
        await using var listener = await _factory.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), _patience.Token);
        var closed = listener.EndPoint;
        await listener.UnbindAsync(_patience.Token);
        await Assert.ThrowsAsync<SocketException>(() => _factory.ConnectAsync(closed, _patience.Token).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _factory.ConnectAsync(closed, new CancellationToken(canceled: true)).AsTask());
    }
}

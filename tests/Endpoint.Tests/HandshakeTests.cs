using GrainKeeper.Core.Jute;
using GrainKeeper.Endpoint.Tests.Hosting;

namespace GrainKeeper.Endpoint.Tests;

/// <summary>How connections begin, over a real port.</summary>
public sealed class HandshakeTests
{
    [Theory]
    [InlineData(false, 37)]
    [InlineData(null, 36)]
    public async Task A_client_is_answered_in_the_form_in_which_it_asked(bool? readOnly, int length)
    {
        await using var server = await EndpointServer.StartAsync();
        await using var client = await WireClient.DialAsync(server.Port);
        await client.SendAsync(WireClient.ConnectFrame(4_000, readOnly: readOnly));
        var answer = await client.TryReceiveAsync();
        Assert.Equal(length, answer?.Length);
    }

    [Theory]
    [InlineData(1, 2_000)]
    [InlineData(5_000, 5_000)]
    [InlineData(int.MaxValue, 20_000)]
    public async Task Timeouts_are_granted_between_2_and_20_ticks(int wanted, int granted)
    {
        await using var server = await EndpointServer.StartAsync();
        await using var client = await WireClient.ConnectAsync(server.Port, wanted);
        Assert.Equal(granted, client.Timeout);
    }

    [Fact]
    public async Task A_session_goes_on_over_a_new_connection_with_its_password_and_the_old_one_closes()
    {
        await using var server = await EndpointServer.StartAsync();
        await using var old = await WireClient.ConnectAsync(server.Port);
        await old.CreateAsync("/e", [], flags: 1);
        await using var next = await WireClient.DialAsync(server.Port);
        Assert.True(await next.TryConnectAsync(4_000, old.SessionId, old.Password));
        Assert.Equal((old.SessionId, old.Timeout), (next.SessionId, next.Timeout));
        Assert.Equal(old.Password, next.Password);
        await old.ClosedAsync();
        var (header, _) = await next.GetDataAsync("/e");
        Assert.Equal(ErrorCode.Ok, header.Error);
    }

    [Fact]
    public async Task A_wrong_password_gets_session_0_and_the_connection_closes_while_the_session_lives()
    {
        await using var server = await EndpointServer.StartAsync();
        await using var honest = await WireClient.ConnectAsync(server.Port);
        await using var thief = await WireClient.DialAsync(server.Port);
        Assert.True(await thief.TryConnectAsync(4_000, honest.SessionId, new byte[16]));
        Assert.Equal((0L, 0), (thief.SessionId, thief.Timeout));
        Assert.Equal(new byte[16], thief.Password);
        await thief.ClosedAsync();
        await honest.PingAsync();
    }

    [Fact]
    public async Task A_client_that_has_seen_more_than_the_server_is_sent_away_without_an_answer()
    {
        await using var server = await EndpointServer.StartAsync();
        await using var client = await WireClient.DialAsync(server.Port);
        Assert.False(await client.TryConnectAsync(4_000, seen: long.MaxValue));
    }

    [Fact]
    public async Task A_closed_session_cannot_be_taken_up_again()
    {
        await using var server = await EndpointServer.StartAsync();
        await using var client = await WireClient.ConnectAsync(server.Port);
        await client.CloseSessionAsync();
        await client.ClosedAsync();
        await using var next = await WireClient.DialAsync(server.Port);
        Assert.True(await next.TryConnectAsync(4_000, client.SessionId, client.Password));
        Assert.Equal(0, next.SessionId);
        await next.ClosedAsync();
    }

    [Fact]
    public async Task Connections_beyond_the_limits_are_closed_at_once_and_others_stay()
    {
        await using var server = await EndpointServer.StartAsync(c => c with { MaxConnectionsPerAddress = 3, MaxConnections = 10 });
        var clients = new List<WireClient>();
        for (var i = 0; i < 3; i++)
        {
            clients.Add(await WireClient.ConnectAsync(server.Port));
        }

        await using var refused = await WireClient.DialAsync(server.Port);
        await refused.ClosedAsync();
        await clients[0].PingAsync();
        await clients[1].DisposeAsync();
        await EnteredAsync(server.Port);
        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }
    }

    private static async Task EnteredAsync(int port)
    {
        var deadline = Environment.TickCount64 + WireClient.Patience;
        while (true)
        {
            await using var client = await WireClient.DialAsync(port);
            try
            {
                if (await client.TryConnectAsync(4_000))
                {
                    return;
                }
            }
            catch (IOException)
            {
                // Refused once more.
            }

            Assert.True(Environment.TickCount64 < deadline, "a place that became free was not given again");
            await Task.Delay(20);
        }
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;
using GrainKeeper.Client;
using GrainKeeper.Process.Tests.Harness;

namespace GrainKeeper.Process.Tests;

/// <summary>Bytes that nobody asked for, on every port of a server under way.</summary>
public sealed class GarbageTests
{
    private const int Connections = 40;

    [Fact]
    public async Task Garbage_on_any_port_leaves_the_server_up_and_serving()
    {
        await using var ensemble = new Ensemble(1);
        await ensemble.StartAllAsync();
        await using var client = await GrainKeeperClient.ConnectAsync(ensemble.ClientOf(1));
        var server = ensemble[1];
        foreach (var port in new[] { ensemble.SiloPort(1), ensemble.GatewayPort(1), ensemble.ClientPort(1) })
        {
            var number = 0;
            foreach (var bytes in Garbage(new Random(port)))
            {
                await SendAsync(port, bytes);
                await client.CreateAsync($"/{port}-{number++}", bytes.AsMemory(0, Math.Min(bytes.Length, 100)));
            }
        }

        Assert.False(server.HasExited, server.Tail);
        Assert.True(ensemble.StateOf(1).Leads);
        Assert.Equal(GrainKeeper.Client.ClientState.Connected, client.State);
        await using var other = await GrainKeeperClient.ConnectAsync(ensemble.ClientOf(1));
        Assert.Equal(3 * Garbage(new Random(1)).Count(), (await other.GetChildrenAsync("/")).Names.Count(n => n.Contains('-', StringComparison.Ordinal)));
        Assert.DoesNotContain("Unhandled exception", server.Output, StringComparison.Ordinal);
    }

    private static IEnumerable<byte[]> Garbage(Random random)
    {
        // Beginnings that the ports look for, cut off or followed by nonsense: a hello, an Orleans preamble, ZooKeeper frames of absurd lengths, another protocol.
        byte[][] beginnings =
        [
            [], "G"u8.ToArray(), "GKHL"u8.ToArray(), "GKHL\u0001"u8.ToArray(), "GKHL\u0001\u00ff\u00ff"u8.ToArray(), [.. "GKHL"u8, 1, 0, 40, 1],
            [0, 0, 0, 0], [0x7f, 0xff, 0xff, 0xff], [0xff, 0xff, 0xff, 0xff], [0, 0, 0, 44], [0, 0, 0, 8, 0, 0], [64, 0, 0, 0],
            "GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3], Encoding.ASCII.GetBytes(new string('a', 70_000)),
        ];
        foreach (var beginning in beginnings)
        {
            yield return beginning;
        }

        for (var i = beginnings.Length; i < Connections; i++)
        {
            var bytes = new byte[random.Next(1, 4_000)];
            random.NextBytes(bytes);
            var beginning = beginnings[random.Next(beginnings.Length - 1)];
            yield return [.. beginning, .. bytes];
        }
    }

    private static async Task SendAsync(int port, byte[] bytes)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        try
        {
            await socket.SendAsync(bytes);
            socket.Shutdown(SocketShutdown.Send);
            using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
            await socket.ReceiveAsync(new byte[1024], patience.Token);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // A server may close such a connection at any byte, or wait for more.
            _ = e;
        }
    }
}

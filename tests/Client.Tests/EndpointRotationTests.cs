using GrainKeeper.Client.Connections;

namespace GrainKeeper.Client.Tests;

public sealed class EndpointRotationTests
{
    private static readonly ServerEndpoint[] Five = [.. Enumerable.Range(1, 5).Select(i => new ServerEndpoint("s", i))];

    [Fact]
    public void All_servers_are_tried_before_any_is_tried_again_and_always_in_the_same_turn()
    {
        var rotation = new EndpointRotation(Five, new Random(3));
        var first = Take(rotation, 5);
        Assert.Equal(Five, first.OrderBy(s => s.Port));
        Assert.Equal(first, Take(rotation, 5));
        Assert.Equal(first, Take(rotation, 5));
    }

    [Fact]
    public void Clients_begin_with_different_servers()
    {
        var first = Enumerable.Range(0, 1_000).Select(seed => new EndpointRotation(Five, new Random(seed)).Next().Port).CountBy(p => p).ToDictionary();
        Assert.All(Five, server => Assert.InRange(first[server.Port], 120, 280));
    }

    private static List<ServerEndpoint> Take(EndpointRotation rotation, int count) => [.. Enumerable.Range(0, count).Select(_ => rotation.Next())];
}

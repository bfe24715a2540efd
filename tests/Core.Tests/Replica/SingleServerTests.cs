using GrainKeeper.Core.Jute;

namespace GrainKeeper.Core.Tests.Replica;

public class SingleServerTests
{
    private readonly TestEnsemble _ensemble = new(1);

    [Fact]
    public void A_client_gets_a_session_and_can_create_and_read()
    {
        var client = new TestClient(_ensemble[1]).Connect();

        Assert.NotEqual(0, client.SessionId);
        Assert.Equal(1, client.SessionId >> 56);
        Assert.Equal(4_000, client.Timeout);
        Assert.Equal("/a", client.Create("/a", "hello"));
        var read = client.Get("/a");
        Assert.Equal("hello", read.Data);
        Assert.Equal((5, 0), (read.StatAfterString.DataLength, read.StatAfterString.Version));
        Assert.Equal(["a", "zookeeper"], client.Children("/"));
        Assert.Null(client.ClosedFor);
    }
}

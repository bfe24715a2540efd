namespace GrainKeeper.Client.Connections;

/// <summary>The servers in a random order, taken in turn for ever: so clients spread over servers, and none is tried twice before all were.</summary>
internal sealed class EndpointRotation
{
    private readonly ServerEndpoint[] _servers;
    private int _next;

    internal EndpointRotation(IEnumerable<ServerEndpoint> servers, Random random)
    {
        _servers = [.. servers];
        random.Shuffle(_servers);
    }

    internal int Count => _servers.Length;

    internal ServerEndpoint Next()
    {
        var server = _servers[_next];
        _next = (_next + 1) % _servers.Length;
        return server;
    }
}

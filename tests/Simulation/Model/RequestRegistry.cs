using GrainKeeper.Simulation.Clients;

namespace GrainKeeper.Simulation.Model;

/// <summary>All requests that clients have ever sent, by session and number.</summary>
public sealed class RequestRegistry
{
    private readonly Dictionary<(long Session, int Xid), ClientRequest> _requests = [];
    private readonly List<ClientRequest> _all = [];

    /// <summary>All of them, in the order of their sending.</summary>
    public IReadOnlyList<ClientRequest> All => _all;

    /// <summary>Remembers a request.</summary>
    public void Add(ClientRequest request)
    {
        _requests.Add((request.Session, request.Xid), request);
        _all.Add(request);
    }

    /// <summary>Finds a request.</summary>
    public ClientRequest? Find(long session, int xid) => _requests.GetValueOrDefault((session, xid));
}

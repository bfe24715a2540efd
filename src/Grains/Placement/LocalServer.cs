using GrainKeeper.Contracts;
using GrainKeeper.Contracts.Servers;
using GrainKeeper.Core.Quorum;

namespace GrainKeeper.Grains.Placement;

/// <summary>Which server this process is. A singleton of every silo.</summary>
/// <param name="Id">The server's id.</param>
public sealed record LocalServer(ServerId Id)
{
    /// <summary>
    /// Reads the key of an activation and checks that it belongs here. Call it first in <c>OnActivateAsync</c>: a grain on the wrong silo
    /// would vote or log under an identity whose disk is elsewhere.
    /// </summary>
    /// <param name="key">The grain's primary key.</param>
    /// <exception cref="FormatException">The key is not of the form <c>tree/serverId</c>.</exception>
    /// <exception cref="ServerUnavailableException">The key belongs to another server.</exception>
    public ServerGrainKey Claim(string key)
    {
        var parsed = ServerGrainKey.Parse(key);
        return parsed.Server == Id
            ? parsed
            : throw new ServerUnavailableException($"grain '{key}' was activated on server {Id}, but belongs to server {parsed.Server}");
    }
}

namespace GrainKeeper.Contracts.Servers;

/// <summary>
/// Answers on whichever silo the call enters (a stateless worker; key 0): a client asks its gateway which server it is and then addresses the grains of that
/// server, so that its traffic takes no second hop.
/// </summary>
[Alias("gk.IServerInfoGrain")]
public interface IServerInfoGrain : IGrainWithIntegerKey
{
    /// <summary>The server that answers, and the ensemble as it knows it.</summary>
    [Alias("GetInfo")]
    Task<ServerInfo> GetInfo();
}

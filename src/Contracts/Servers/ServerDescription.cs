namespace GrainKeeper.Contracts.Servers;

/// <summary>A server as the ensemble's configuration lists it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Observer">Whether it has no vote.</param>
/// <param name="Host">Its host name or address; empty when not known.</param>
/// <param name="SiloPort">The port for the other silos; 0 when not known.</param>
/// <param name="GatewayPort">The port for native clients; 0 when not known.</param>
/// <param name="ClientPort">The port for ZooKeeper clients; 0 when it has none.</param>
[GenerateSerializer, Immutable, Alias("gk.ServerDescription")]
public sealed record ServerDescription(
    [property: Id(0)] int Id,
    [property: Id(1)] bool Observer,
    [property: Id(2)] string Host = "",
    [property: Id(3)] int SiloPort = 0,
    [property: Id(4)] int GatewayPort = 0,
    [property: Id(5)] int ClientPort = 0);

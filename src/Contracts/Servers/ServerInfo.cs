namespace GrainKeeper.Contracts.Servers;

/// <summary>What a server says of itself and of the ensemble.</summary>
/// <param name="Server">Its own id.</param>
/// <param name="Servers">All servers, by id.</param>
/// <param name="Trees">Names of the trees running on it, sorted; the root tree is among them.</param>
/// <param name="Version">The product's version.</param>
[GenerateSerializer, Immutable, Alias("gk.ServerInfo")]
public sealed record ServerInfo(
    [property: Id(0)] int Server,
    [property: Id(1)] ServerDescription[] Servers,
    [property: Id(2)] string[] Trees,
    [property: Id(3)] string Version);

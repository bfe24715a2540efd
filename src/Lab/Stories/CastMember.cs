namespace GrainKeeper.Lab.Stories;

/// <summary>Somebody in a story: a server, a client, or a party of transactions.</summary>
/// <param name="Name">As the scenario writes it.</param>
/// <param name="Role">What it is.</param>
public sealed record CastMember(string Name, string Role);

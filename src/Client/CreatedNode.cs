using GrainKeeper.Core.Jute;

namespace GrainKeeper.Client;

/// <summary>A node that was created.</summary>
/// <param name="Path">Its path, with the number that a sequential node got.</param>
/// <param name="Stat">Its stat.</param>
public sealed record CreatedNode(string Path, Stat Stat);

namespace GrainKeeper.Contracts.Servers;

/// <summary>How far a server has come within its role. Only in <see cref="Broadcast"/> it serves.</summary>
[GenerateSerializer, Alias("gk.ServerPhase")]
public enum ServerPhase
{
    /// <summary>No leader is known.</summary>
    Election = 0,

    /// <summary>A new epoch is being agreed on.</summary>
    Discovery = 1,

    /// <summary>Histories are being brought together.</summary>
    Synchronization = 2,

    /// <summary>The epoch is established.</summary>
    Broadcast = 3,
}

namespace GrainKeeper.Core.Zab;

/// <summary>A server's role in ZAB.</summary>
public enum ZabRole
{
    /// <summary>Has no leader; waits for its election.</summary>
    Looking,

    /// <summary>Follows an elected leader.</summary>
    Following,

    /// <summary>Is the elected leader.</summary>
    Leading,

    /// <summary>Learns what is committed, without a vote.</summary>
    Observing,
}

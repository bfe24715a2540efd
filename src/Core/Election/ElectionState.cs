namespace GrainKeeper.Core.Election;

/// <summary>What a server is doing, as its notifications say.</summary>
public enum ElectionState
{
    /// <summary>Looks for a leader.</summary>
    Looking,

    /// <summary>Follows one.</summary>
    Following,

    /// <summary>Is one.</summary>
    Leading,

    /// <summary>Listens to one without a vote.</summary>
    Observing,
}

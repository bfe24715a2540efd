namespace GrainKeeper.Core.Election;

/// <summary>What servers of one election group send each other. The sealed cases lie in the algorithms' folders.</summary>
public abstract record ElectionMessage;

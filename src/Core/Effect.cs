namespace GrainKeeper.Core;

/// <summary>
/// What a core asks its host to do. A core appends effects to a list in the order in which they must be carried out;
/// the sealed cases live beside the cores that emit them.
/// </summary>
public abstract record Effect;

namespace GrainKeeper.Client;

/// <summary>An identity that the session has proven.</summary>
/// <param name="Scheme">How it was proven.</param>
/// <param name="User">Who it is.</param>
public sealed record ClientIdentity(string Scheme, string User);

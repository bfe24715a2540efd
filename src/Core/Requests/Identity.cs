namespace GrainKeeper.Core.Requests;

/// <summary>What a connection has proven about its client.</summary>
/// <param name="Scheme">How: <c>ip</c>, <c>digest</c>, <c>super</c>.</param>
/// <param name="Id">Who, in the scheme's notation.</param>
public readonly record struct Identity(string Scheme, string Id);

namespace GrainKeeper.Client.Recipes;

/// <summary>A place in a queue, or what was held, was lost.</summary>
/// <param name="message">What happened.</param>
public sealed class LockLostException(string message) : Exception(message);

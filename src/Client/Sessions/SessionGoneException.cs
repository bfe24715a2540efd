namespace GrainKeeper.Client.Sessions;

/// <summary>The servers do not know the session any more.</summary>
internal sealed class SessionGoneException(string message) : Exception(message);

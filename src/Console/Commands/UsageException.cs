namespace GrainKeeper.Console.Commands;

/// <summary>The command line asks for something that cannot be; the message names it and the remedy.</summary>
internal sealed class UsageException(string message) : Exception(message);

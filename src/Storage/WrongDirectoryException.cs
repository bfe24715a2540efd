namespace GrainKeeper.Storage;

/// <summary>The data directory belongs to another server, tree or ensemble, or its identity file is missing or damaged.</summary>
/// <param name="message">Directory, what was found, what was expected, remedy.</param>
public sealed class WrongDirectoryException(string message) : StorageException(message);

namespace GrainKeeper.Storage;

/// <summary>The disk or the quota has no room left. What was being written is unfinished; everything confirmed before is not touched by it.</summary>
/// <param name="message">The operation, the file and the remedy.</param>
/// <param name="inner">The operating system's error, or null.</param>
public sealed class DiskFullException(string message, Exception? inner = null) : StorageException(message, inner!);

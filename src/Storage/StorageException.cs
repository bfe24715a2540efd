namespace GrainKeeper.Storage;

/// <summary>A replica's directory cannot be used, or writing to it failed. The message names the file, what is wrong and the remedy.</summary>
public class StorageException : IOException
{
    /// <summary>Makes one.</summary>
    public StorageException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one with the operating system's error inside.</summary>
    public StorageException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

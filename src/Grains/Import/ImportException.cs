namespace GrainKeeper.Grains.Import;

/// <summary>A ZooKeeper data directory cannot be imported, or the target not be written. The message names the file, what is wrong and the remedy.</summary>
public class ImportException : Exception
{
    /// <summary>Makes one.</summary>
    public ImportException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one with its cause inside.</summary>
    public ImportException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

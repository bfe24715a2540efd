namespace GrainKeeper.Storage;

/// <summary>Hears what became of disk effects. Called from storage's own threads, or within <see cref="ReplicaStorage.Execute"/>: hand over and return, never block.</summary>
public interface IStorageListener
{
    /// <summary>All disk effects with a token up to this one are durable, in order. Tokens only grow. Called by the writer thread only.</summary>
    /// <param name="token">The highest such token.</param>
    void Persisted(long token);

    /// <summary>
    /// A write or flush failed, or the disk is full or hangs. Storage takes and confirms nothing any more. The host ends the process
    /// with the message: what is in memory may be ahead of the disk, and a failed flush must never be tried again. Called once.
    /// </summary>
    /// <param name="error">What went wrong: the operation, the file and the remedy.</param>
    void Failed(Exception error);
}

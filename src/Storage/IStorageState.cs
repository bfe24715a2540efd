using GrainKeeper.Core.Zab;

namespace GrainKeeper.Storage;

/// <summary>The state that <see cref="ReplicaStorage.Open(StorageOptions, IStorageState, IStorageListener, Microsoft.Extensions.Logging.ILogger?)"/> fills from the disk: first at most one snapshot, then the log.</summary>
public interface IStorageState
{
    /// <summary>
    /// Begins to build the state from a snapshot's slices. When the snapshot turns out to be damaged the writer is dropped without
    /// <see cref="IStateWriter.Complete"/>, and another begins with an older snapshot.
    /// </summary>
    IStateWriter BeginRestore();

    /// <summary>
    /// Applies a transaction of the log: in zxid order, each once, from the one after the snapshot's zxid. A fuzzy snapshot may contain
    /// some of them already. The payload is this transaction's own and may be kept.
    /// </summary>
    /// <param name="txn">The transaction.</param>
    void Replay(Txn txn);
}

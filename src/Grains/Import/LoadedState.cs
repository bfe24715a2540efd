using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;
using GrainKeeper.Storage;

namespace GrainKeeper.Grains.Import;

/// <summary>What storage finds in a directory.</summary>
internal sealed class LoadedState : IStorageState
{
    public ReplicaState State { get; } = new();

    public IStateWriter BeginRestore() => State.BeginRestore();

    public void Replay(Txn txn) => State.Replay(txn);
}

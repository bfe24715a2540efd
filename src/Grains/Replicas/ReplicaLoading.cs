using GrainKeeper.Grains.Trees;

namespace GrainKeeper.Grains.Replicas;

/// <summary>A replica on its way from the disk. Whoever takes what is loaded disposes of its storage; who does not, of this.</summary>
internal sealed class ReplicaLoading : IAsyncDisposable
{
    /// <summary>Begins to load.</summary>
    public ReplicaLoading(LocalTree tree)
    {
        // Not on a thread of the pool: it may take long, and the pool begins with few.
        Loaded = Task.Factory.StartNew(
            () => LoadedReplica.LoadAsync(tree, Listener), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap();
    }

    /// <summary>Hears of the storage.</summary>
    public StorageListener Listener { get; } = new();

    /// <summary>What is loaded.</summary>
    public Task<LoadedReplica> Loaded { get; }

    /// <summary>Lets the data go as soon as it is loaded. Why it could not be loaded does not matter any more.</summary>
    public async ValueTask DisposeAsync() => await Loaded.ContinueWith(
        static loading => loading.IsCompletedSuccessfully ? loading.Result.DisposeAsync().AsTask() : Task.CompletedTask,
        CancellationToken.None,
        TaskContinuationOptions.None,
        TaskScheduler.Default).Unwrap();
}

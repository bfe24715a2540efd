using System.Text;
using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Replica;
using GrainKeeper.Core.Zab;
using GrainKeeper.Grains.Trees;
using GrainKeeper.Storage;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Grains.Replicas;

/// <summary>A replica as it comes from the disk.</summary>
/// <param name="Storage">Its storage, open and locked.</param>
/// <param name="State">What snapshot and log hold.</param>
/// <param name="Incarnation">The number of this start.</param>
internal sealed record LoadedReplica(ReplicaStorage Storage, ReplicaState State, long Incarnation) : IAsyncDisposable
{
    // Milliseconds of the clock have 41 bits until 2039 and 42 until 2109; ZAB allows 55 for the first channel.
    private const int ChannelBits = 13;

    /// <summary>Loads snapshot and log. Takes as long as the disk needs.</summary>
    public static async Task<LoadedReplica> LoadAsync(LocalTree tree, IStorageListener listener)
    {
        var options = tree.Options;
        var storageOptions = (options.Storage ?? new StorageOptions { Directory = "", ClusterId = "", Server = options.Self }) with
        {
            Directory = tree.Directory,
            ClusterId = options.ClusterId,
            Server = options.Self,
            Tree = tree.Tree,
        };
        var state = new ReplicaState();
        var begun = Environment.TickCount64;
        var logger = tree.Loggers.CreateLogger<ReplicaStorage>();
        var storage = ReplicaStorage.Open(storageOptions, new RecoveringState(state), listener, logger);
        try
        {
            var incarnation = IncarnationFile.Next(tree.Directory, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
            logger.LogInformation(
                "Tree {Tree} is loaded up to {LastLogged} in {Milliseconds} ms", tree.Tree, storage.Recovered.LastLogged, Environment.TickCount64 - begun);
            return new LoadedReplica(storage, state, incarnation);
        }
        catch
        {
            await storage.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes its core, which has taken no step yet. Once; by then whoever made it must hear of changes of the ensemble.</summary>
    public ReplicaCore MakeCore(LocalTree tree) => new(
        tree.Self,
        tree.Ensemble.Quorum,
        OptionsOf(tree),
        Storage.Recovered,
        State,
        Incarnation << ChannelBits,
        unchecked((int)Incarnation));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Storage.DisposeAsync();

    // Other trees have no reconfigurations of their own: they publish the root tree's.
    private static ReplicaOptions OptionsOf(LocalTree tree)
    {
        var options = tree.Options.Replica with { Tree = tree.Tree };
        return tree.Ensemble.Text.IsEmpty ? options : options with { Membership = Encoding.UTF8.GetBytes(MembershipText.Of(tree.Ensemble.List.Servers)) };
    }

    private sealed class RecoveringState(ReplicaState state) : IStorageState
    {
        public IStateWriter BeginRestore() => state.BeginRestore();

        public void Replay(Txn txn) => state.Replay(txn);
    }
}

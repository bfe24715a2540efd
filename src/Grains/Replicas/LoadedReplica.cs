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
/// <param name="Core">Its core, which has taken no step yet.</param>
/// <param name="Incarnation">The number of this start.</param>
internal sealed record LoadedReplica(ReplicaStorage Storage, ReplicaCore Core, long Incarnation)
{
    // Milliseconds of the clock have 41 bits until 2039 and 42 until 2109; ZAB allows 55 for the first channel.
    private const int ChannelBits = 13;

    /// <summary>Loads snapshot and log. Takes as long as the disk needs.</summary>
    public static async Task<LoadedReplica> LoadAsync(TreeContext context, IStorageListener listener)
    {
        var options = context.Options;
        var storageOptions = (options.Storage ?? new StorageOptions { Directory = "", ClusterId = "", Server = options.Self }) with
        {
            Directory = context.Directory,
            ClusterId = options.ClusterId,
            Server = options.Self,
            Tree = context.Tree,
        };
        var state = new ReplicaState();
        var begun = Environment.TickCount64;
        var logger = context.Loggers.CreateLogger<ReplicaStorage>();
        var storage = ReplicaStorage.Open(storageOptions, new RecoveringState(state), listener, logger);
        try
        {
            var incarnation = IncarnationFile.Next(context.Directory, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
            var core = new ReplicaCore(
                options.Self,
                context.Ensemble.Quorum,
                OptionsOf(context),
                storage.Recovered,
                state,
                incarnation << ChannelBits,
                unchecked((int)incarnation));
            logger.LogInformation(
                "Tree {Tree} is loaded up to {LastLogged} in {Milliseconds} ms", context.Tree, storage.Recovered.LastLogged, Environment.TickCount64 - begun);
            return new LoadedReplica(storage, core, incarnation);
        }
        catch
        {
            await storage.DisposeAsync();
            throw;
        }
    }

    // Other trees have no reconfigurations of their own: they publish the root tree's.
    private static ReplicaOptions OptionsOf(TreeContext context)
    {
        var options = context.Options.Replica with { Tree = context.Tree };
        return context.Ensemble.Text.IsEmpty ? options : options with { Membership = Encoding.UTF8.GetBytes(MembershipText.Of(context.Ensemble.List.Servers)) };
    }

    private sealed class RecoveringState(ReplicaState state) : IStorageState
    {
        public IStateWriter BeginRestore() => state.BeginRestore();

        public void Replay(Txn txn) => state.Replay(txn);
    }
}

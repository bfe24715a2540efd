using System.Globalization;
using GrainKeeper.Contracts.Transactions;
using GrainKeeper.Core.AtomicCommit;
using GrainKeeper.Grains.Placement;
using Orleans.GrainDirectory;

namespace GrainKeeper.Benchmarks.Transactions;

/// <summary>Votes Yes after a while and holds no locks: it delays a transaction and nothing else.</summary>
[PlacedAtLeader]
[GrainDirectory(NullGrainDirectory.Name)]
internal sealed class SlowGrain : Grain, ISlowGrain
{
    public const string Kind = "slow";

    public async Task<ParticipantAnswer> PrepareTransaction(ParticipantCall call, byte[] operations, int lockWaitMilliseconds)
    {
        await Task.Delay(int.Parse(this.GetPrimaryKeyString().Split('-')[0], CultureInfo.InvariantCulture));

        // No activation of its own: it claims nothing, for it keeps nothing.
        return new ParticipantAnswer((int)VoteKind.Yes, string.Empty, operations, [], Guid.Empty);
    }

    public Task ApplyTransaction(ParticipantCall call, byte[] redo) => Task.CompletedTask;

    public Task UndoTransaction(ParticipantCall call, byte[] undo) => Task.CompletedTask;
}

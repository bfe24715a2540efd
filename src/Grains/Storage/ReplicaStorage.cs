using GrainKeeper.Core.Quorum;
using GrainKeeper.Core.Zab;
using Microsoft.Extensions.Logging;

namespace GrainKeeper.Grains.Storage;

/// <summary>
/// The durable side of one replica: log, snapshots and epoch files in one locked directory. <see cref="Execute"/> takes the disk effects of the
/// replica's core in order; a writer thread carries them out with group commit and reports the highest durable token. See docs/storage.md.
/// </summary>
public sealed class ReplicaStorage : IAsyncDisposable
{
    internal ReplicaStorage(RecoveredHistory recovered) => Recovered = recovered;

    /// <summary>What was found on disk.</summary>
    public RecoveredHistory Recovered { get; }

    /// <summary>The counters now. May be read from any thread.</summary>
    public StorageMetrics Metrics => throw new NotImplementedException();

    /// <summary>
    /// Locks the directory (creating it when missing), completes or undoes what a crash interrupted, loads snapshot and log into
    /// <paramref name="state"/>, and starts the writer. Takes as long as the disk needs.
    /// </summary>
    /// <param name="options">Where and how.</param>
    /// <param name="state">An empty state, to be filled.</param>
    /// <param name="listener">Hears of durable tokens and of failure; not called before this returns.</param>
    /// <param name="logger">For what an operator should know.</param>
    /// <exception cref="DirectoryInUseException">Another process uses the directory.</exception>
    /// <exception cref="WrongDirectoryException">The directory belongs to another server, tree or ensemble.</exception>
    /// <exception cref="StorageCorruptException">Durable data is damaged or missing.</exception>
    /// <exception cref="StorageException">The disk refuses.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static ReplicaStorage Open(StorageOptions options, IStorageState state, IStorageListener listener, ILogger? logger = null) =>
        throw new NotImplementedException();

    /// <summary>
    /// Queues a disk effect: <see cref="ZabEffect.Append"/>, <see cref="ZabEffect.TruncateLog"/>, <see cref="ZabEffect.WriteAcceptedEpoch"/>,
    /// <see cref="ZabEffect.WriteCurrentEpoch"/>, <see cref="ZabEffect.BeginSnapshotInstall"/>, <see cref="ZabEffect.SnapshotInstallChunk"/>,
    /// <see cref="ZabEffect.CommitSnapshotInstall"/> or <see cref="ZabEffect.AbandonSnapshotInstall"/>. Returns at once unless more than
    /// <see cref="StorageOptions.MaxQueuedBytes"/> wait. After a failure effects are dropped: they will never be confirmed.
    /// </summary>
    /// <exception cref="ArgumentException">The effect is none of these.</exception>
    public void Execute(ZabEffect effect) => throw new NotImplementedException(Recovered + "" + effect);

    /// <summary>
    /// Reads durable transactions, off the caller's thread. Answers <see cref="ZabEffect.ReadLog"/>.
    /// </summary>
    /// <param name="after">Those with a greater zxid …</param>
    /// <param name="upTo">… up to this one.</param>
    /// <param name="maxBytes">Stops after about so many payload bytes, but gives at least one transaction when there is one.</param>
    /// <returns>The transactions, contiguous; empty when none is durable yet; null when the log does not go back so far (any more).</returns>
    public Task<IReadOnlyList<Txn>?> ReadLogAsync(Zxid after, Zxid upTo, int maxBytes) => throw new NotImplementedException(Recovered + "" + after + upTo + maxBytes);

    /// <summary>Keeps the log after a zxid from being purged until disposed: for a laggard that will read it in several parts.</summary>
    /// <returns>Null when the log does not go back so far (any more).</returns>
    public IDisposable? HoldLog(Zxid after) => throw new NotImplementedException(Recovered + "" + after);

    /// <summary>Begins a snapshot; one that is under way is abandoned.</summary>
    /// <param name="zxid">The last transaction that is surely in it.</param>
    public SnapshotWriter BeginSnapshot(Zxid zxid) => throw new NotImplementedException(Recovered + "" + zxid);

    /// <summary>Carries out what is queued, marks the log as cleanly closed, and releases the directory.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException(Recovered.ToString());
}

using GrainKeeper.Core.Zab;

namespace GrainKeeper.Lab.Disk;

/// <summary>What a process does at its start: the newest snapshot, then the log.</summary>
public static class Recovery
{
    /// <summary>Builds the state that is on disk.</summary>
    /// <param name="image">The disk.</param>
    /// <param name="beginRestore">Begins to build a state from a snapshot.</param>
    /// <param name="replay">Applies a transaction of the log.</param>
    public static void Load(DiskImage image, Func<IStateWriter> beginRestore, Action<Txn> replay)
    {
        if (image.Snapshots.Count > 0)
        {
            var snapshot = image.Snapshots[^1];
            var writer = beginRestore();
            foreach (var chunk in snapshot.Chunks)
            {
                writer.Write(chunk.Span);
            }

            writer.Complete(snapshot.Zxid);
        }

        for (var i = image.FirstAfter(image.LastSnapshot); i < image.Log.Count; i++)
        {
            replay(image.Log[i]);
        }
    }

    /// <summary>What the core must know of the disk.</summary>
    public static RecoveredHistory History(DiskImage image, int recent) => new(
        image.AcceptedEpoch,
        image.CurrentEpoch,
        image.Last,
        image.LogStart,
        [.. image.Log.Skip(Math.Max(0, image.Log.Count - recent))]);
}

namespace GrainKeeper.Client;

/// <summary>
/// A place among all watch events of a tree, by which a watch goes on where an earlier one ended: on another server, in another session, or after this program was started anew. A zxid alone stands for the
/// place behind all events of that transaction.
/// </summary>
/// <param name="Zxid">The transaction; 0 for the beginning of the tree.</param>
/// <param name="Index">The last event of it that counts as seen, from 1; the largest int for all.</param>
public readonly record struct WatchPosition(long Zxid, int Index = int.MaxValue)
{
    /// <summary>Behind all events of a transaction.</summary>
    /// <param name="zxid">The transaction.</param>
    public static implicit operator WatchPosition(long zxid) => new(zxid);

    /// <summary>Behind all events of a transaction.</summary>
    /// <param name="zxid">The transaction.</param>
    public static WatchPosition FromInt64(long zxid) => zxid;
}

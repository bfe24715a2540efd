namespace GrainKeeper.Grains.Import;

/// <summary>What a length in a ZooKeeper file may be at most: checked before anything is allocated.</summary>
internal static class ImportLimits
{
    /// <summary>Bytes of a node's data, and of a path or another text.</summary>
    public const int Field = 64 * 1024 * 1024;

    /// <summary>Bytes of one transaction; a multi holds several fields.</summary>
    public const int Txn = 256 * 1024 * 1024;
}

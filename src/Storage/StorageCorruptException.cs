namespace GrainKeeper.Storage;

/// <summary>
/// Data that was durable is damaged or missing. The server must not start with it: what it once acknowledged would be lost.
/// </summary>
/// <param name="file">The file's path.</param>
/// <param name="offset">Where in the file, in bytes.</param>
/// <param name="what">What is wrong there.</param>
/// <param name="remedy">What an operator does.</param>
public sealed class StorageCorruptException(string file, long offset, string what, string remedy)
    : StorageException($"corrupt data: {file} at offset {offset}: {what}. {remedy}")
{
    /// <summary>The usual remedy: the other servers of the ensemble still have the data.</summary>
    public const string TakeFromLeader =
        "Do not edit the file. Check the disk; then, with a quorum of the other servers running, move this directory away and start the server: it takes a copy from the leader";

    /// <summary>The file's path.</summary>
    public string File { get; } = file;

    /// <summary>Where in the file, in bytes.</summary>
    public long Offset { get; } = offset;

    /// <summary>What is wrong.</summary>
    public string What { get; } = what;

    /// <summary>What an operator does.</summary>
    public string Remedy { get; } = remedy;
}

namespace GrainKeeper.Core;

/// <summary>The moment at which a host runs a step. Cores have no clock of their own.</summary>
/// <param name="Monotonic">Milliseconds of a clock that never goes back; its zero is arbitrary. Timeouts are measured with it.</param>
/// <param name="Wall">Milliseconds since the Unix epoch, for ctime, mtime and TTL. It may jump.</param>
public readonly record struct Now(long Monotonic, long Wall);

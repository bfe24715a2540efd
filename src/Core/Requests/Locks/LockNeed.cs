namespace GrainKeeper.Core.Requests.Locks;

/// <summary>A path that an operation concerns, and how.</summary>
/// <param name="Path">The path; not changed afterwards.</param>
/// <param name="Mode">How.</param>
/// <param name="Part">Of a list, which operation.</param>
internal readonly record struct LockNeed(ReadOnlyMemory<byte> Path, LockMode Mode, int Part);

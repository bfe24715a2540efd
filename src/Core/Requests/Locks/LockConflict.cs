namespace GrainKeeper.Core.Requests.Locks;

/// <summary>Why something must wait.</summary>
/// <param name="Path">The path.</param>
/// <param name="Holder">Who has locked it.</param>
/// <param name="Part">Of a list, the operation that needs it.</param>
/// <typeparam name="T">The holders' identity.</typeparam>
internal readonly record struct LockConflict<T>(ReadOnlyMemory<byte> Path, T Holder, int Part);

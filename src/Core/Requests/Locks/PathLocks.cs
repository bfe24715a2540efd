namespace GrainKeeper.Core.Requests.Locks;

/// <summary>Paths that prepared transactions have locked, on the leader.</summary>
/// <param name="seed">For hashing.</param>
/// <typeparam name="T">The holders' identity.</typeparam>
internal sealed class PathLocks<T>(ulong seed)
    where T : struct, IEquatable<T>
{
    private readonly Dictionary<ReadOnlyMemory<byte>, List<(T Holder, LockMode Mode)>> _held = new(new ByteKeyComparer(seed));

    /// <summary>Whether nothing is locked: then nothing has to be looked up.</summary>
    public bool IsEmpty => _held.Count == 0;

    /// <summary>Paths locked.</summary>
    public int Count => _held.Count;

    /// <summary>The first need that somebody else's lock stands against.</summary>
    public bool TryFindConflict(List<LockNeed> needs, T? self, out LockConflict<T> conflict)
    {
        foreach (var need in needs)
        {
            if (_held.TryGetValue(need.Path, out var holds))
            {
                foreach (var (holder, mode) in holds)
                {
                    if (!(self is { } own && own.Equals(holder)) && Excludes(mode, need.Mode))
                    {
                        conflict = new LockConflict<T>(need.Path, holder, need.Part);
                        return true;
                    }
                }
            }
        }

        conflict = default;
        return false;
    }

    /// <summary>Locks paths for a holder. The caller has looked for conflicts.</summary>
    public void Lock(T holder, List<LockNeed> needs)
    {
        foreach (var need in needs)
        {
            if (!_held.TryGetValue(need.Path, out var holds))
            {
                _held.Add(need.Path.ToArray(), holds = []);
            }

            var at = holds.FindIndex(h => h.Holder.Equals(holder));
            if (at < 0)
            {
                holds.Add((holder, need.Mode));
            }
            else
            {
                holds[at] = (holder, holds[at].Mode | need.Mode);
            }
        }
    }

    /// <summary>Frees what a holder has locked.</summary>
    public void Free(T holder, List<LockNeed> needs)
    {
        foreach (var need in needs)
        {
            if (_held.TryGetValue(need.Path, out var holds))
            {
                holds.RemoveAll(h => h.Holder.Equals(holder));
                if (holds.Count == 0)
                {
                    _held.Remove(need.Path);
                }
            }
        }
    }

    private static bool Excludes(LockMode held, LockMode needed)
    {
        const LockMode shared = LockMode.NodeShared | LockMode.ChildrenShared | LockMode.AclShared;

        // An exclusive mode stands against the shared one, one bit below it, and against itself.
        var against = (LockMode)((int)(held & ~shared) | ((int)(held & ~shared) >> 1) | ((int)(held & shared) << 1));
        return (needed & against) != 0;
    }
}

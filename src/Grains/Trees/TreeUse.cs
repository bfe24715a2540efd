namespace GrainKeeper.Grains.Trees;

/// <summary>In which trees transactions are not finished, as this server's own copies of the trees say. Thread-safe.</summary>
internal sealed class TreeUse
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Something has changed; what, <see cref="Names"/> says.</summary>
    public event Action? Changed;

    /// <summary>The trees.</summary>
    public IReadOnlyCollection<string> Names
    {
        get
        {
            lock (_gate)
            {
                return [.. _names];
            }
        }
    }

    /// <summary>Says whether a tree is in use.</summary>
    public void Set(string tree, bool isUsed)
    {
        lock (_gate)
        {
            if (!(isUsed ? _names.Add(tree) : _names.Remove(tree)))
            {
                return;
            }
        }

        Changed?.Invoke();
    }
}

using System.Text;

namespace GrainKeeper.Core.Replica;

/// <summary>The trees in which transactions of atomic commit are not finished, as the host has said last. They may not be deleted.</summary>
internal sealed class TreesInUse
{
    private HashSet<string> _names = [];

    /// <summary>Whether a tree is among them.</summary>
    public bool Contains(ReadOnlySpan<byte> name) => _names.Count > 0 && _names.Contains(Encoding.ASCII.GetString(name));

    /// <summary>From now on these.</summary>
    public void Set(IEnumerable<string> names) => _names = new HashSet<string>(names, StringComparer.Ordinal);
}

using System.Diagnostics.CodeAnalysis;

namespace GrainKeeper.Core.Tree;

/// <summary>Keeps each ACL of a tree once, found by its encoded form without allocation, counted so that unused ones go.</summary>
internal sealed class AclTable
{
    private readonly Dictionary<AclList, int> _ids = new(new ByEncoding());
    private readonly Dictionary<AclList, int>.AlternateLookup<ReadOnlySpan<byte>> _byEncoding;
    private readonly List<(AclList? Acl, int Uses)> _slots = [];
    private readonly Stack<int> _free = new();

    public AclTable() => _byEncoding = _ids.GetAlternateLookup<ReadOnlySpan<byte>>();

    public int Count => _ids.Count;

    public AclList this[int id] => _slots[id].Acl!;

    /// <summary>The number of the ACL. Not yet used: follow with <see cref="Acquire"/>, or <see cref="ReleaseUnused"/> later.</summary>
    /// <exception cref="FormatException">The bytes are no encoded ACL.</exception>
    public int Intern(ReadOnlySpan<byte> encoded)
    {
        if (_byEncoding.TryGetValue(encoded, out var id))
        {
            return id;
        }

        var acl = AclList.Decode(encoded);
        if (!_free.TryPop(out id))
        {
            id = _slots.Count;
            _slots.Add(default);
        }

        _slots[id] = (acl, 0);
        _ids.Add(acl, id);
        return id;
    }

    public void Acquire(int id) => _slots[id] = (_slots[id].Acl, _slots[id].Uses + 1);

    /// <summary>Drops what was interned but never used.</summary>
    public void ReleaseUnused()
    {
        for (var id = 0; id < _slots.Count; id++)
        {
            if (_slots[id] is { Acl: not null, Uses: 0 })
            {
                Drop(id);
            }
        }
    }

    public void Release(int id)
    {
        var (acl, uses) = _slots[id];
        Invariant.That(uses > 0, $"ACL {id} is released more often than used");
        if (uses > 1)
        {
            _slots[id] = (acl, uses - 1);
            return;
        }

        Drop(id);
    }

    private void Drop(int id)
    {
        _ids.Remove(_slots[id].Acl!);
        _slots[id] = default;
        _free.Push(id);
    }

    private sealed class ByEncoding : IEqualityComparer<AclList>, IAlternateEqualityComparer<ReadOnlySpan<byte>, AclList>
    {
        public bool Equals(AclList? x, AclList? y) => x is null ? y is null : x.Equals(y);

        public int GetHashCode([DisallowNull] AclList obj) => GetHashCode(obj.Encoded);

        public bool Equals(ReadOnlySpan<byte> alternate, AclList other) => alternate.SequenceEqual(other.Encoded);

        public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)PathHash.Of(alternate);

        public AclList Create(ReadOnlySpan<byte> alternate) => AclList.Decode(alternate);
    }
}

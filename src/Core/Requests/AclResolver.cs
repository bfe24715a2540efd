using GrainKeeper.Core.Jute;
using GrainKeeper.Core.Tree;

namespace GrainKeeper.Core.Requests;

/// <summary>
/// Turns the ACL of a request into the one to store: doubles dropped, <c>auth</c> replaced by the client's identities, everything validated.
/// ACLs seen before are found by their bytes, without decoding.
/// </summary>
/// <param name="seed">For hashing.</param>
internal sealed class AclResolver(ulong seed)
{
    private const int SmallestEntry = 12;
    private const int MaxCached = 1024;
    private const int LargestCached = 512;
    private readonly Dictionary<ReadOnlyMemory<byte>, AclList> _cache = new(new ByteKeyComparer(seed));
    private readonly List<AclEntry> _entries = [];

    /// <summary>Steps over an ACL and gives its bytes.</summary>
    /// <exception cref="JuteFormatException">It is cut off.</exception>
    public static ReadOnlySpan<byte> Skip(ReadOnlySpan<byte> input, ref JuteReader reader)
    {
        var start = reader.Position;
        var count = reader.ReadCount(SmallestEntry);
        for (var i = 0; i < count; i++)
        {
            reader.ReadInt();
            reader.ReadBuffer();
            reader.ReadBuffer();
        }

        return input[start..reader.Position];
    }

    /// <summary>Gives the ACL to store, or null when the request's is not valid (InvalidACL).</summary>
    /// <param name="encoded">The ACL as <see cref="Skip"/> gave it.</param>
    /// <param name="who">Who asks.</param>
    public AclList? Resolve(ReadOnlySpan<byte> encoded, Credentials who)
    {
        var cache = _cache.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (cache.TryGetValue(encoded, out var known))
        {
            return known;
        }

        var reader = new JuteReader(encoded);
        var count = reader.ReadCount(SmallestEntry);
        if (count is 0 or > AclList.MaxEntries)
        {
            return null;
        }

        _entries.Clear();
        var dependsOnClient = false;
        for (var i = 0; i < count; i++)
        {
            var permissions = (Permissions)reader.ReadInt();
            var scheme = reader.ReadString();
            var id = reader.ReadString();
            if (scheme == AuthSchemes.Auth)
            {
                dependsOnClient = true;
                if (!AddIdentities(permissions, who))
                {
                    return null;
                }
            }
            else if (AuthSchemes.IsValidId(scheme, id))
            {
                Add(new AclEntry(permissions, scheme, id));
            }
            else
            {
                return null;
            }
        }

        if (_entries.Count > AclList.MaxEntries)
        {
            return null;
        }

        var acl = new AclList(_entries);
        if (!dependsOnClient && encoded.Length <= LargestCached)
        {
            if (_cache.Count >= MaxCached)
            {
                _cache.Clear();
            }

            cache[encoded] = acl;
        }

        return acl;
    }

    private bool AddIdentities(Permissions permissions, Credentials who)
    {
        var any = false;
        foreach (ref readonly var identity in who.Identities)
        {
            if (AuthSchemes.IsAuthenticated(identity.Scheme))
            {
                any = true;
                Add(new AclEntry(permissions, identity.Scheme, identity.Id));
            }
        }

        return any;
    }

    private void Add(AclEntry entry)
    {
        if (!_entries.Contains(entry))
        {
            _entries.Add(entry);
        }
    }
}

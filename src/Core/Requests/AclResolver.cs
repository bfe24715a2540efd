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
    private const int MaxCached = 1024;
    private const int LargestCached = 512;
    private readonly Dictionary<ReadOnlyMemory<byte>, AclList> _cache = new(new ByteKeyComparer(seed));
    private readonly List<AclEntry> _entries = [];

    /// <summary>Gives the ACL to store, or null when the request's is not valid (InvalidACL).</summary>
    /// <param name="vector">The request's ACL.</param>
    /// <param name="who">Who asks.</param>
    public AclList? Resolve(AclVector vector, Credentials who)
    {
        var cache = _cache.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (cache.TryGetValue(vector.Raw, out var known))
        {
            return known;
        }

        if (vector.Count is 0 or > AclList.MaxEntries)
        {
            return null;
        }

        _entries.Clear();
        var dependsOnClient = false;
        foreach (var (permissions, scheme, id) in AclJute.ToList(vector).Entries)
        {
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
        if (!dependsOnClient && vector.Raw.Length <= LargestCached)
        {
            if (_cache.Count >= MaxCached)
            {
                _cache.Clear();
            }

            cache[vector.Raw] = acl;
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

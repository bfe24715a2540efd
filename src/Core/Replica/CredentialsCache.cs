using GrainKeeper.Core.Requests;

namespace GrainKeeper.Core.Replica;

/// <summary>Finds the object of encoded credentials without decoding them again: requests of one connection carry the same ones each time.</summary>
/// <param name="seed">For hashing.</param>
internal sealed class CredentialsCache(ulong seed)
{
    private const int MaxEntries = 4096;
    private readonly Dictionary<ReadOnlyMemory<byte>, Credentials> _known = new(new ByteKeyComparer(seed));

    public Credentials Get(ReadOnlySpan<byte> encoded)
    {
        var known = _known.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (known.TryGetValue(encoded, out var credentials))
        {
            return credentials;
        }

        credentials = Credentials.Decode(encoded);
        if (_known.Count >= MaxEntries)
        {
            _known.Clear();
        }

        known[encoded] = credentials;
        return credentials;
    }
}

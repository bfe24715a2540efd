using GrainKeeper.Core.Requests;

namespace GrainKeeper.Core.Replica;

/// <summary>Finds the object of encoded credentials without decoding them again: requests of one connection carry the same ones each time.</summary>
/// <param name="seed">For hashing.</param>
internal sealed class CredentialsCache(ulong seed)
{
    private const int MaxBytes = 4 * 1024 * 1024;
    private const int BytesOfEntry = 200;
    private readonly Dictionary<ReadOnlyMemory<byte>, Credentials> _known = new(new ByteKeyComparer(seed));
    private int _bytes;

    public Credentials Get(ReadOnlySpan<byte> encoded)
    {
        var known = _known.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (known.TryGetValue(encoded, out var credentials))
        {
            return credentials;
        }

        credentials = Credentials.Decode(encoded);
        _bytes += BytesOfEntry + (encoded.Length * 4);
        if (_bytes > MaxBytes)
        {
            _known.Clear();
            _bytes = BytesOfEntry + (encoded.Length * 4);
        }

        known[encoded] = credentials;
        return credentials;
    }
}

using System.Buffers.Binary;
using System.Security.Cryptography;

namespace GrainKeeper.Core.Sessions;

/// <summary>
/// The password that lets a client take its session to another server: an HMAC-SHA256 of the session's id under the ensemble's secret,
/// cut to 16 bytes. Every server can check it without having seen the session before, and nobody outside can guess it.
/// </summary>
public static class SessionPassword
{
    /// <summary>Length in bytes, as ZooKeeper's.</summary>
    public const int Length = 16;

    /// <summary>The shortest secret accepted, in bytes.</summary>
    public const int ShortestSecret = 16;

    /// <summary>Writes the password of a session.</summary>
    /// <param name="secret">The ensemble's secret.</param>
    /// <param name="sessionId">The session.</param>
    /// <param name="password">At least <see cref="Length"/> bytes.</param>
    public static void Derive(ReadOnlySpan<byte> secret, long sessionId, Span<byte> password)
    {
        Span<byte> id = stackalloc byte[sizeof(long)];
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        BinaryPrimitives.WriteInt64BigEndian(id, sessionId);
        HMACSHA256.HashData(secret, id, hash);
        hash[..Length].CopyTo(password);
    }

    /// <summary>Whether the password belongs to the session; takes the same time wherever it differs.</summary>
    /// <param name="secret">The ensemble's secret.</param>
    /// <param name="sessionId">The session.</param>
    /// <param name="password">What the client sent.</param>
    public static bool Matches(ReadOnlySpan<byte> secret, long sessionId, ReadOnlySpan<byte> password)
    {
        Span<byte> expected = stackalloc byte[Length];
        Derive(secret, sessionId, expected);
        return CryptographicOperations.FixedTimeEquals(expected, password);
    }
}

using System.Numerics;
using System.Runtime.InteropServices;

namespace GrainKeeper.Core.Requests;

/// <summary>
/// Compares byte strings by content, so that a dictionary can be asked with a span. The hash depends on the bytes and the seed alone, unlike
/// <see cref="HashCode"/>: a replayed simulation behaves the same, and clients cannot aim at collisions.
/// </summary>
/// <param name="seed">Changes all hashes.</param>
internal sealed class ByteKeyComparer(ulong seed)
    : IEqualityComparer<ReadOnlyMemory<byte>>, IAlternateEqualityComparer<ReadOnlySpan<byte>, ReadOnlyMemory<byte>>
{
    private const ulong Prime = 0x9E3779B97F4A7C15;

    public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

    public int GetHashCode(ReadOnlyMemory<byte> obj) => Hash(obj.Span);

    public bool Equals(ReadOnlySpan<byte> alternate, ReadOnlyMemory<byte> other) => alternate.SequenceEqual(other.Span);

    public int GetHashCode(ReadOnlySpan<byte> alternate) => Hash(alternate);

    public ReadOnlyMemory<byte> Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

    private int Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = seed ^ ((ulong)bytes.Length * Prime);
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
        {
            hash = BitOperations.RotateLeft(hash ^ word, 29) * Prime;
        }

        foreach (var b in bytes[(words.Length * sizeof(ulong))..])
        {
            hash = BitOperations.RotateLeft(hash ^ b, 29) * Prime;
        }

        return (int)(hash ^ (hash >> 32));
    }
}

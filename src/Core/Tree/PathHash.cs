using System.Buffers.Binary;

namespace GrainKeeper.Core.Tree;

/// <summary>
/// Hash of paths. Clients choose paths, so the hash starts from a number that differs in each process; nothing observable depends on it.
/// </summary>
internal static class PathHash
{
    private const ulong Multiplier = 0x9E3779B97F4A7C15;
    private static readonly ulong Seed = ((ulong)(uint)HashCode.Combine(1) << 32) | (uint)HashCode.Combine(2);

    public static uint Of(ReadOnlySpan<byte> path)
    {
        var hash = Seed ^ (ulong)path.Length;
        while (path.Length >= 8)
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(path));
            path = path[8..];
        }

        ulong tail = 0;
        for (var i = 0; i < path.Length; i++)
        {
            tail |= (ulong)path[i] << (i * 8);
        }

        hash = Mix(hash ^ tail ^ Seed);
        return (uint)(hash ^ (hash >> 32));
    }

    private static ulong Mix(ulong value)
    {
        var high = Math.BigMul(value, Multiplier, out var low);
        return high ^ low;
    }
}

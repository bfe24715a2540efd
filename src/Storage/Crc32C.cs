using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace GrainKeeper.Storage;

/// <summary>CRC-32C (Castagnoli), by the processor's instruction where there is one.</summary>
internal static class Crc32C
{
    /// <summary>The state before the first byte.</summary>
    public const uint Seed = 0xffffffff;

    /// <summary>Takes more bytes into a running state.</summary>
    public static uint Add(uint state, ReadOnlySpan<byte> data)
    {
        ref var start = ref MemoryMarshal.GetReference(data);
        nuint offset = 0;
        var length = (nuint)data.Length;
        for (; offset + 8 <= length; offset += 8)
        {
            state = BitOperations.Crc32C(state, Unsafe.ReadUnaligned<ulong>(ref Unsafe.AddByteOffset(ref start, offset)));
        }

        for (; offset < length; offset++)
        {
            state = BitOperations.Crc32C(state, Unsafe.AddByteOffset(ref start, offset));
        }

        return state;
    }

    /// <summary>Takes a number into a running state.</summary>
    public static uint Add(uint state, ulong value) => BitOperations.Crc32C(state, value);

    /// <summary>The checksum of a finished state.</summary>
    public static uint Finish(uint state) => ~state;

    /// <summary>The checksum of some bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> data) => Finish(Add(Seed, data));
}

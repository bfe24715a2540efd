using System.Numerics;

namespace GrainKeeper.Lab.Scheduling;

/// <summary>
/// The simulator's only source of chance (SplitMix64): the same seed gives the same numbers on every machine and runtime, for ever,
/// which <see cref="Random"/> does not promise.
/// </summary>
public sealed class SimRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The next 64 bits.</summary>
    public ulong NextBits()
    {
        _state += 0x9E3779B97F4A7C15UL;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 to <paramref name="bound"/> − 1.</summary>
    public int Below(int bound) => (int)Math.BigMul(NextBits(), (ulong)bound, out _);

    /// <summary>A number from <paramref name="low"/> to <paramref name="high"/>, both possible.</summary>
    public long Between(long low, long high) => low + (long)(Math.BigMul(NextBits(), (ulong)(high - low + 1), out _));

    /// <summary>A number from <paramref name="low"/> to <paramref name="high"/>, both possible.</summary>
    public int Between(int low, int high) => (int)Between((long)low, high);

    /// <summary>True with the given probability.</summary>
    public bool Chance(double probability) => (NextBits() >> 11) * (1.0 / (1UL << 53)) < probability;

    /// <summary>One of the values.</summary>
    public T Pick<T>(IReadOnlyList<T> values) => values[Below(values.Count)];

    /// <summary>A generator of its own: what one part of the simulation draws then does not shift another's numbers.</summary>
    public SimRandom Fork() => new(BitOperations.RotateLeft(NextBits(), 17) ^ 0xD1B54A32D192ED03UL);

    /// <summary>A random order of 0 … <paramref name="count"/> − 1.</summary>
    public int[] Permutation(int count)
    {
        var order = new int[count];
        for (var i = 0; i < count; i++)
        {
            var j = Below(i + 1);
            order[i] = order[j];
            order[j] = i;
        }

        return order;
    }
}

namespace GrainKeeper.Grains.Import;

/// <summary>The checksum of RFC 1950, by which ZooKeeper guards snapshots and log records.</summary>
internal struct Adler32()
{
    private const uint Modulus = 65521;

    /// <summary>Most bytes whose sums cannot overflow 32 bits.</summary>
    private const int Step = 5552;

    private uint _low = 1;
    private uint _high;

    public readonly long Value => (_high << 16) | _low;

    public static long Of(ReadOnlySpan<byte> bytes)
    {
        var sum = new Adler32();
        sum.Add(bytes);
        return sum.Value;
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var step = bytes[..Math.Min(Step, bytes.Length)];
            foreach (var value in step)
            {
                _low += value;
                _high += _low;
            }

            _low %= Modulus;
            _high %= Modulus;
            bytes = bytes[step.Length..];
        }
    }
}

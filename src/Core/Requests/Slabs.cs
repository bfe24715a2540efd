namespace GrainKeeper.Core.Requests;

/// <summary>
/// Makes immutable copies of short byte strings, many to one array, so that each costs no object of its own. An array lives as long as one
/// of its copies; copies made at about the same time are dropped at about the same time.
/// </summary>
internal sealed class Slabs
{
    private const int SlabSize = 64 * 1024;
    private const int LargestShared = SlabSize / 4;
    private byte[] _slab = [];
    private int _used;

    public ReadOnlyMemory<byte> Copy(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > LargestShared)
        {
            return bytes.ToArray();
        }

        if (_slab.Length - _used < bytes.Length)
        {
            _slab = GC.AllocateUninitializedArray<byte>(SlabSize);
            _used = 0;
        }

        var copy = _slab.AsMemory(_used, bytes.Length);
        bytes.CopyTo(copy.Span);
        _used += bytes.Length;
        return copy;
    }
}

using System.Buffers;
using GrainKeeper.Grains.Pumping;

namespace GrainKeeper.Grains.Peers;

/// <summary>Messages to one peer on their way into one batch.</summary>
internal sealed class OutgoingBatch
{
    private readonly ByteBuffer _bytes = new(1024);

    /// <summary>How many messages it holds.</summary>
    public int Count { get; private set; }

    /// <summary>How large it is, in bytes.</summary>
    public int Length => _bytes.Length;

    /// <summary>Whether its buffer is small enough to be kept for later batches.</summary>
    public bool Reusable => _bytes.Capacity <= 4 * 1024 * 1024;

    /// <summary>Adds a message after its length.</summary>
    /// <returns>How many bytes were added.</returns>
    public int Add<T>(T message, Action<IBufferWriter<byte>, T> encode)
    {
        var at = _bytes.BeginLength();
        try
        {
            encode(_bytes, message);
        }
        catch
        {
            _bytes.CutTo(at);
            throw;
        }

        _bytes.EndLength(at);
        Count++;
        return _bytes.Length - at;
    }

    /// <summary>Takes the last message out again.</summary>
    /// <param name="before">The batch's length before it was added.</param>
    public void RemoveLast(int before)
    {
        _bytes.CutTo(before);
        Count--;
    }

    /// <summary>The bytes, as they go out.</summary>
    public byte[] ToArray() => _bytes.Written.ToArray();

    /// <summary>Makes it empty.</summary>
    public void Clear()
    {
        _bytes.CutTo(0);
        Count = 0;
    }
}

using GrainKeeper.Storage.Files;

namespace GrainKeeper.Benchmarks.HotPaths;

/// <summary>A file of a fixed length in memory.</summary>
internal sealed class MemoryFile(int length) : IStorageFile
{
    public byte[] Content { get; } = new byte[length];

    public string Path => "memory";

    public long Length => Content.Length;

    public int Read(long offset, Span<byte> buffer)
    {
        var count = (int)Math.Min(buffer.Length, Content.Length - offset);
        Content.AsSpan((int)offset, count).CopyTo(buffer);
        return count;
    }

    public void Write(long offset, ReadOnlySpan<byte> data) => data.CopyTo(Content.AsSpan((int)offset));

    public void SetLength(long length) => throw new NotSupportedException("the length is fixed");

    public void FlushData()
    {
        // Memory needs none.
    }

    public void Flush()
    {
        // Memory needs none.
    }

    public void Dispose()
    {
        // There is nothing to close.
    }
}

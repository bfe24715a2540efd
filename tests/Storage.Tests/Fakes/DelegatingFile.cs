using GrainKeeper.Storage.Files;

namespace GrainKeeper.Storage.Tests.Fakes;

/// <summary>A file that is another one, except for what a subclass changes.</summary>
internal abstract class DelegatingFile(IStorageFile inner) : IStorageFile
{
    public string Path => inner.Path;

    public long Length => inner.Length;

    public int Read(long offset, Span<byte> buffer) => inner.Read(offset, buffer);

    public void Write(long offset, ReadOnlySpan<byte> data) => inner.Write(offset, data);

    public virtual void SetLength(long length) => inner.SetLength(length);

    public virtual void FlushData() => inner.FlushData();

    public virtual void Flush() => inner.Flush();

    public void Dispose() => inner.Dispose();
}

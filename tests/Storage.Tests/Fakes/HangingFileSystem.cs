using GrainKeeper.Storage.Files;

namespace GrainKeeper.Storage.Tests.Fakes;

/// <summary>A disk whose flushes hang from a moment on.</summary>
internal sealed class HangingFileSystem(IFileSystem inner) : IFileSystem, IDisposable
{
    private readonly ManualResetEventSlim _open = new(true);

    public void Hang() => _open.Reset();

    public void Release() => _open.Set();

    public void Dispose() => _open.Dispose();

    public void CreateDirectory(string path) => inner.CreateDirectory(path);

    public bool DirectoryExists(string path) => inner.DirectoryExists(path);

    public bool FileExists(string path) => inner.FileExists(path);

    public IReadOnlyList<string> List(string directory) => inner.List(directory);

    public IStorageFile Create(string path) => new Slow(this, inner.Create(path));

    public IStorageFile OpenRead(string path) => inner.OpenRead(path);

    public IStorageFile OpenWrite(string path) => new Slow(this, inner.OpenWrite(path));

    public void Rename(string from, string to) => inner.Rename(from, to);

    public void Delete(string path) => inner.Delete(path);

    public void FlushDirectory(string path) => inner.FlushDirectory(path);

    public IDisposable Lock(string directory) => inner.Lock(directory);

    private sealed class Slow(HangingFileSystem owner, IStorageFile file) : IStorageFile
    {
        public string Path => file.Path;

        public long Length => file.Length;

        public int Read(long offset, Span<byte> buffer) => file.Read(offset, buffer);

        public void Write(long offset, ReadOnlySpan<byte> data) => file.Write(offset, data);

        public void SetLength(long length) => file.SetLength(length);

        public void FlushData()
        {
            owner._open.Wait();
            file.FlushData();
        }

        public void Flush()
        {
            owner._open.Wait();
            file.Flush();
        }

        public void Dispose() => file.Dispose();
    }
}

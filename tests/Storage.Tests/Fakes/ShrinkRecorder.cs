using GrainKeeper.Storage.Files;

namespace GrainKeeper.Storage.Tests.Fakes;

/// <summary>Tells how much each call takes away of which file, and when directories are flushed.</summary>
internal sealed class ShrinkRecorder(IFileSystem inner) : IFileSystem
{
    /// <summary>Called with a file's path and the bytes that it lost at once.</summary>
    public Action<string, long>? Shrunk { get; set; }

    /// <summary>Called after a directory's flush.</summary>
    public Action? DirectoryFlushed { get; set; }

    public void CreateDirectory(string path) => inner.CreateDirectory(path);

    public bool DirectoryExists(string path) => inner.DirectoryExists(path);

    public bool FileExists(string path) => inner.FileExists(path);

    public IReadOnlyList<string> List(string directory) => inner.List(directory);

    public IStorageFile Create(string path) => new Recorded(this, inner.Create(path));

    public IStorageFile OpenRead(string path) => inner.OpenRead(path);

    public IStorageFile OpenWrite(string path) => new Recorded(this, inner.OpenWrite(path));

    public void Rename(string from, string to) => inner.Rename(from, to);

    public void Delete(string path)
    {
        if (inner.FileExists(path))
        {
            Shrunk?.Invoke(path, inner.OpenReadLength(path));
        }

        inner.Delete(path);
    }

    public void FlushDirectory(string path)
    {
        inner.FlushDirectory(path);
        DirectoryFlushed?.Invoke();
    }

    public IDisposable Lock(string directory) => inner.Lock(directory);

    private sealed class Recorded(ShrinkRecorder owner, IStorageFile file) : IStorageFile
    {
        public string Path => file.Path;

        public long Length => file.Length;

        public int Read(long offset, Span<byte> buffer) => file.Read(offset, buffer);

        public void Write(long offset, ReadOnlySpan<byte> data) => file.Write(offset, data);

        public void SetLength(long length)
        {
            if (length < file.Length)
            {
                owner.Shrunk?.Invoke(Path, file.Length - length);
            }

            file.SetLength(length);
        }

        public void FlushData() => file.FlushData();

        public void Flush() => file.Flush();

        public void Dispose() => file.Dispose();
    }
}

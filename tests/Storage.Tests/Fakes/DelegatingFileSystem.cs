using GrainKeeper.Storage.Files;

namespace GrainKeeper.Storage.Tests.Fakes;

/// <summary>A file system that is another one, except for what a subclass changes.</summary>
internal abstract class DelegatingFileSystem(IFileSystem inner) : IFileSystem
{
    protected IFileSystem Inner => inner;

    public void CreateDirectory(string path) => inner.CreateDirectory(path);

    public bool DirectoryExists(string path) => inner.DirectoryExists(path);

    public bool FileExists(string path) => inner.FileExists(path);

    public IReadOnlyList<string> List(string directory) => inner.List(directory);

    public IStorageFile Create(string path) => Writable(inner.Create(path));

    public IStorageFile OpenRead(string path) => inner.OpenRead(path);

    public IStorageFile OpenWrite(string path) => Writable(inner.OpenWrite(path));

    public void Rename(string from, string to) => inner.Rename(from, to);

    public virtual void Delete(string path) => inner.Delete(path);

    public virtual void FlushDirectory(string path) => inner.FlushDirectory(path);

    public IDisposable Lock(string directory) => inner.Lock(directory);

    /// <summary>What stands for a file that may be written.</summary>
    protected abstract IStorageFile Writable(IStorageFile file);
}

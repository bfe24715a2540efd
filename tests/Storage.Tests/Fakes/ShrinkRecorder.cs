using GrainKeeper.Storage.Files;

namespace GrainKeeper.Storage.Tests.Fakes;

/// <summary>Tells how much each call takes away of which file, and when directories are flushed.</summary>
internal sealed class ShrinkRecorder(IFileSystem inner) : DelegatingFileSystem(inner)
{
    /// <summary>Called with a file's path and the bytes that it lost at once.</summary>
    public Action<string, long>? Shrunk { get; set; }

    /// <summary>Called after a directory's flush.</summary>
    public Action? DirectoryFlushed { get; set; }

    public override void Delete(string path)
    {
        if (FileExists(path))
        {
            Shrunk?.Invoke(path, Inner.OpenReadLength(path));
        }

        base.Delete(path);
    }

    public override void FlushDirectory(string path)
    {
        base.FlushDirectory(path);
        DirectoryFlushed?.Invoke();
    }

    protected override IStorageFile Writable(IStorageFile file) => new Recorded(this, file);

    private sealed class Recorded(ShrinkRecorder owner, IStorageFile file) : DelegatingFile(file)
    {
        public override void SetLength(long length)
        {
            if (length < Length)
            {
                owner.Shrunk?.Invoke(Path, Length - length);
            }

            base.SetLength(length);
        }
    }
}

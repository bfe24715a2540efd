using GrainKeeper.Storage.Files;

namespace GrainKeeper.Storage.Tests.Fakes;

internal sealed class SimFile(SimFileSystem owner, SimInode inode, string path) : IStorageFile
{
    public string Path => path;

    public long Length => owner.OnFile("length", path, changes: false, () => inode.Content.Length);

    public int Read(long offset, Span<byte> buffer)
    {
        var content = owner.OnFile("read", path, changes: false, () => inode.Content);
        var count = (int)Math.Clamp(content.Length - offset, 0, buffer.Length);
        content.Span.Slice((int)Math.Min(offset, content.Length), count).CopyTo(buffer);
        return count;
    }

    public void Write(long offset, ReadOnlySpan<byte> data)
    {
        var copy = data.ToArray();
        owner.OnFile(
            "write",
            path,
            changes: true,
            () =>
            {
                inode.Write(offset, copy);
                return 0;
            },
            partly: _ => inode.Write(offset, copy[..(copy.Length / 2)]));
    }

    public void SetLength(long length) => owner.OnFile(
        "set length",
        path,
        changes: true,
        () =>
        {
            inode.SetLength(length);
            return 0;
        });

    public void FlushData() => Flush();

    public void Flush() => owner.OnFile(
        "flush",
        path,
        changes: true,
        () =>
        {
            inode.Flush();
            return 0;
        },
        partly: crashed =>
        {
            if (!crashed)
            {
                inode.LoseUnflushed();
            }
        });

    public void Dispose()
    {
    }
}

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace GrainKeeper.Storage.Files;

/// <summary>A file of the operating system.</summary>
internal sealed class DiskFile(string path, SafeFileHandle handle) : IStorageFile
{
    public string Path => path;

    public long Length
    {
        get
        {
            try
            {
                return RandomAccess.GetLength(handle);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw DiskError.From("read the length of", path, e);
            }
        }
    }

    public int Read(long offset, Span<byte> buffer)
    {
        try
        {
            var done = 0;
            while (done < buffer.Length)
            {
                var read = RandomAccess.Read(handle, buffer[done..], offset + done);
                if (read == 0)
                {
                    break;
                }

                done += read;
            }

            return done;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskError.From($"read {buffer.Length} bytes at offset {offset} of", path, e);
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> data)
    {
        try
        {
            RandomAccess.Write(handle, data, offset);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskError.From($"write {data.Length} bytes at offset {offset} to", path, e);
        }
    }

    public void SetLength(long length)
    {
        try
        {
            RandomAccess.SetLength(handle, length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskError.From($"set the length to {length} of", path, e);
        }
    }

    public void FlushData()
    {
        if (OperatingSystem.IsLinux())
        {
            FlushOnLinux(Native.FlushData);
        }
        else
        {
            FlushElsewhere();
        }
    }

    public void Flush()
    {
        if (OperatingSystem.IsLinux())
        {
            FlushOnLinux(Native.Flush);
        }
        else
        {
            FlushElsewhere();
        }
    }

    public void Dispose() => handle.Dispose();

    // Not by the framework, which takes some errors of fsync for none; one of them (EROFS) is how ext4 says that it has given up after a failed write.
    private void FlushOnLinux(Func<SafeFileHandle, int> flush)
    {
        while (flush(handle) != 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            if (errno != Native.InterruptedCall)
            {
                throw DiskError.FromErrno("flush", path, errno);
            }
        }
    }

    private void FlushElsewhere()
    {
        try
        {
            RandomAccess.FlushToDisk(handle);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DiskError.From("flush", path, e);
        }
    }
}

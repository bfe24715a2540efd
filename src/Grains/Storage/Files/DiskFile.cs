using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace GrainKeeper.Grains.Storage.Files;

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
        if (!OperatingSystem.IsLinux())
        {
            Flush();
            return;
        }

        while (Native.FlushData(handle) != 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            if (errno != Native.InterruptedCall)
            {
                throw DiskError.FromErrno("flush", path, errno);
            }
        }
    }

    public void Flush()
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

    public void Dispose() => handle.Dispose();
}
